# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""other_types.py BTF OUT: BTF of the same size, and size of strings, as that of a kernel, but with many more types in
it. Split BTF that continues it refers to types which the kernel has not."""
import struct
import sys

raw = open(sys.argv[1], "rb").read()
types, strings = struct.unpack_from("<I", raw, 12)[0], struct.unpack_from("<I", raw, 20)[0]
integers = types % 12 // 4      # of 16 bytes each; the rest are pointers, of 12
body = struct.pack("<4I", 1, 1 << 24, 4, 32) * integers
body += struct.pack("<3I", 0, 2 << 24, 0) * ((types - len(body)) // 12)
assert len(body) == types
with open(sys.argv[2], "wb") as f:
    f.write(struct.pack("<HBB5I", 0xeb9f, 1, 0, 24, 0, types, types, strings) + body + b"\0" * strings)
