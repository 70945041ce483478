# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
"""Takes descriptions away piece by piece: one mark is missing, one error is reported.

one_error.py MDESCC TMP FILE...
Each FILE is compiled without one of its `;`, `{` or `}`, each of them in turn. mdescc must say one error, at the
place of the mark or behind it. Prints what it says otherwise.
"""

import os
import re
import subprocess
import sys

TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|"[^"\n]*"|[A-Za-z_]\w*|\d\w*|[^\s]', re.S)


def errors(mdescc, folder, path):
    done = subprocess.run([mdescc, "-I", folder, "-I", os.environ["MDESC_INCLUDE"], "--emit=dump", "--color=never",
                           "-o", path + ".dump", path], capture_output=True, text=True, timeout=60)
    return re.findall(r'^[^\n]*?:(\d+):\d+: error: [^\n]*$', done.stderr, re.M), done


def main(mdescc, tmp, files):
    bad = count = 0
    path = os.path.join(tmp, "one_error.mdesc")
    for file in files:
        with open(file, encoding="utf-8") as f:
            text = f.read()
        for mark in TOKEN.finditer(text):
            if mark.group() not in (";", "{", "}"):
                continue
            with open(path, "w", encoding="utf-8") as f:
                f.write(text[:mark.start()] + text[mark.end():])
            lines, done = errors(mdescc, os.path.dirname(file), path)
            line = text.count("\n", 0, mark.start()) + 1
            count += 1
            if done.returncode == 1 and len(lines) == 1 and int(lines[0]) >= line:
                continue
            bad += 1
            print("%s without the %s in line %d: %d errors, status %d" % (file, mark.group(), line, len(lines),
                                                                        done.returncode))
            print(done.stderr)
    if not count:
        print("no mark was taken away")
    return 1 if bad or not count else 0


sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
