# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
# A capture of Ethernet packets, a second apart.
import struct


def write(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for i, p in enumerate(packets):
            f.write(struct.pack("<IIII", i, 0, len(p), len(p)) + p)
