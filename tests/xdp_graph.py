# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""A parse graph's description on standard input, with metadata that says where each header was found, to standard
output: for the writers in software, which have nothing to write else."""
import re
import sys

text = sys.stdin.read()
headers = []
for name, alias in re.findall(r"^\t\textract (\w+)(?: as (\w+\[\]))?;", text, re.M):
    place = alias.replace("[]", "[last]") if alias else name
    if place not in headers:
        headers.append(place)
fields = "".join("\tu16 at_%d = offset(%s);\n" % (i, h) for i, h in enumerate(headers))
if len(headers) % 2:
    fields += "\tu16 error = parser.error;\n"
metadata = "metadata graph_meta {\n%s\tu32 layout_id = layout.id;\n}\n" % fields
print(re.sub(r"^parser (\w+) \{", metadata + r"parser \1 writes graph_meta {", text, flags=re.M), end="")
