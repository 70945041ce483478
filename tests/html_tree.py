# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# html_tree.py FILE...: what holds of a data sheet as text, without a browser: every element that is opened is closed, in
# order; every attribute stands alone; ids are unique and every link leads to one; no element, attribute or script comes
# from anywhere but the compiler. Prints a line for each thing that is wrong; the exit status is 1 then.

import sys
from html.parser import HTMLParser

EMPTY = {"meta", "br", "wbr", "input"}
OPEN_END = {"li"}       # whose end tag may be left out
KNOWN = EMPTY | OPEN_END | set(
    "html head title style body a svg defs pattern rect path text g desc nav div label p ol ul section h1 h2 h3 h4 h5 h6 "
    "small main header script code span b s i dl dt dd details summary pre table caption thead tbody tr th td meter".split())
ATTRIBUTES = set(
    "lang charset http-equiv content name href class width height aria-hidden id patternunits patterntransform d aria-label "
    "role hidden for type autocomplete spellcheck placeholder aria-expanded aria-controls aria-autocomplete "
    "aria-labelledby data-n data-k dir tabindex viewbox x y rx transform open scope min max value".split())


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.wrong, self.stack, self.ids, self.links, self.scripts = [], [], [], [], 0

    def say(self, what):
        self.wrong.append("line %d: %s" % (self.getpos()[0], what))

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        if tag not in KNOWN:
            self.say("<%s>" % tag)
        if len(names) != len(set(names)) or not set(names) <= ATTRIBUTES:
            self.say("<%s> with %s" % (tag, " ".join(names)))
        values = dict(attributes)
        if "id" in values:
            self.ids.append(values["id"])
        if "href" in values:
            self.links.append(values["href"])
        self.scripts += tag == "script"
        if tag in OPEN_END and self.stack and self.stack[-1] == tag:
            self.stack.pop()
        if tag not in EMPTY:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in EMPTY:
            self.stack.pop()

    def handle_endtag(self, tag):
        if tag not in OPEN_END and self.stack and self.stack[-1] in OPEN_END:
            self.stack.pop()
        if not self.stack or self.stack.pop() != tag:
            self.say("</%s> ends nothing" % tag)

    def handle_comment(self, data):
        self.say("a comment")

    def finish(self):
        self.close()
        if self.stack:
            self.say("open at the end: %s" % " ".join(self.stack))
        self.wrong += ["id %s twice" % i for i in set(self.ids) if self.ids.count(i) > 1]
        self.wrong += ["a link to %s" % i for i in set(self.links) if i[:1] != "#" or i[1:] not in self.ids]
        if self.scripts != 1 or len(self.ids) < 3:
            self.wrong.append("%d scripts, %d ids" % (self.scripts, len(self.ids)))
        return self.wrong


def main():
    wrong = 0
    for name in sys.argv[1:]:
        page = Page()
        with open(name, encoding="utf-8") as file:      # strict: all of it is UTF-8
            page.feed(file.read())
        for line in page.finish():
            print("%s: %s" % (name, line))
            wrong += 1
    sys.exit(wrong > 0)


main()
