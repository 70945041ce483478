# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# Looks at data sheets in a headless Chromium: html_check.py LIST, a line for each page: its name (with + in front:
# also printed), its file, and the ids that must be there. Prints ok and not ok as a test does. One browser looks at
# all of them.

import re
import sys
import zlib

from browser import Browser, BrowserError

PHONE, DESK = 360, 1280

# What a page is, said by the page itself.
FACTS = """(() => {
    const ids = Array.from(document.querySelectorAll("[id]"), e => e.id);
    const links = Array.from(document.querySelectorAll("a[href]"), a => a.getAttribute("href"));
    const known = new Set(ids), text = document.body.innerText;
    const tables = Array.from(document.querySelectorAll("table"));
    const hidden = /[\\u202a-\\u202e\\u2066-\\u2069\\u200b-\\u200f\\ufeff\\u0080-\\u009f]/;
    return {
        ids: ids, twice: ids.filter((id, i) => ids.indexOf(id) !== i),
        odd: ids.filter(id => !/^[A-Za-z0-9_.-]+$/.test(id)),
        outside: links.filter(l => !l.startsWith("#")),
        dead: links.filter(l => l[0] === "#" && !known.has(l.slice(1))),
        headings: Array.from(document.querySelectorAll("h2"), e => e.id),
        empty: Array.from(document.querySelectorAll("h1, h2, h3, h4, h5, h6")).filter(
            e => !e.textContent.trim()).length,
        tables: tables.length,
        headless: tables.filter(t => !t.querySelector("th[scope=col]") ||
            !t.caption || !t.caption.textContent.trim()).length,
        ragged: tables.filter(t => Array.from(t.rows).some(r => r.cells.length !== t.rows[0].cells.length)).length,
        pictures: document.querySelectorAll("main svg").length,
        nameless: Array.from(document.querySelectorAll("main svg")).filter(
            s => !s.querySelector(":scope > title") || !s.querySelector(":scope > desc")).length,
        scripts: document.scripts.length, styles: document.querySelectorAll("[style]").length,
        handlers: Array.from(document.querySelectorAll("*")).filter(e => Array.from(e.attributes).some(
            a => a.name.startsWith("on"))).length,
        foreign: document.querySelectorAll(
            "img, iframe, object, embed, link, audio, video, base, foreignObject, image, use").length,
        names: document.querySelectorAll("[data-n]").length,
        bidi: hidden.test(document.documentElement.outerHTML),
        number: /\\b(NaN|undefined|null|\\(nil\\))\\b/.test(text),
    };
})()"""

# Boxes of a diagram that lie over each other (ranges over their word apart), and text that is wider than its box.
DIAGRAMS = """(() => {
    const bad = [];
    for (const svg of document.querySelectorAll("svg.bits")) {
        if (!svg.getClientRects().length)
            continue;
        const view = svg.viewBox.baseVal, boxes = [];
        for (const a of svg.querySelectorAll("a.c")) {
            const r = a.querySelector("rect").getBBox();
            if (r.x < 0 || r.y < 0 || r.x + r.width > view.width || r.y + r.height > view.height)
                bad.push("outside: " + a.textContent);
            for (const t of a.querySelectorAll("text.n, text.t, text.g")) {
                const w = t.getBBox();
                if (t.hasAttribute("transform") ? w.width > r.height + 1 || w.height > r.width + 2 :
                    w.width > r.width + 1)
                    bad.push("too wide: " + a.textContent);
            }
            if (!a.classList.contains("w"))
                boxes.push([r, a.textContent]);
        }
        boxes.sort((a, b) => a[0].y - b[0].y || a[0].x - b[0].x);
        for (let i = 0; i < boxes.length; i++)
            for (let k = i + 1; k < boxes.length && boxes[k][0].y < boxes[i][0].y + boxes[i][0].height - 1; k++)
                if (boxes[k][0].x < boxes[i][0].x + boxes[i][0].width - 1 &&
                    boxes[k][0].x + boxes[k][0].width > boxes[i][0].x + 1)
                    bad.push("over each other: " + boxes[i][1] + ", " + boxes[k][1]);
    }
    for (const svg of document.querySelectorAll("svg.pg")) {
        const boxes = Array.from(svg.querySelectorAll("a.st > rect, rect.lb"), r => r.getBBox());
        for (let i = 0; i < boxes.length; i++)
            for (let k = i + 1; k < boxes.length; k++)
                if (boxes[i].x < boxes[k].x + boxes[k].width && boxes[k].x < boxes[i].x + boxes[i].width &&
                    boxes[i].y < boxes[k].y + boxes[k].height && boxes[k].y < boxes[i].y + boxes[i].height)
                    bad.push("states or labels over each other: " + i + ", " + k);
        for (const a of svg.querySelectorAll("a.st")) {
            const r = a.querySelector("rect").getBBox();
            for (const t of a.querySelectorAll("text"))
                if (t.getBBox().width > r.width)
                    bad.push("too wide: " + t.textContent);
        }
    }
    return bad;
})()"""

# The least contrast of text and what is behind it, as WCAG 2 counts it.
CONTRAST = """(() => {
    const parts = c => (c.match(/[\\d.]+/g) || []).map(Number);
    const lum = c => parts(c).slice(0, 3).map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ratio = (a, b) => (Math.max(lum(a), lum(b)) + 0.05) / (Math.min(lum(a), lum(b)) + 0.05);
    const behind = e => {
        for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if (parts(c).length < 4 || parts(c)[3] > 0)
                return c;
        }
        return "rgb(255, 255, 255)";
    };
    let least = [99, ""];
    const see = (a, b, what) => { const r = ratio(a, b); if (r < least[0]) least = [r, what]; };
    for (const e of document.querySelectorAll("main *, nav *"))
        if (!(e instanceof SVGElement) && e.checkVisibility() && Array.from(e.childNodes).some(n => n.nodeType === 3 &&
            n.data.trim()))
            see(getComputedStyle(e).color, behind(e), e.tagName + "." + e.className + " " + e.textContent.slice(0, 30));
    for (const a of document.querySelectorAll("svg a"))
        for (const t of a.querySelectorAll("text")) {
            const r = t.previousElementSibling && t.classList.contains("g") ? t.previousElementSibling :
                a.querySelector("rect"), fill = getComputedStyle(r).fill;
            if (!fill.startsWith("url"))
                see(getComputedStyle(t).fill, fill, "svg " + a.getAttribute("class") + " " + t.textContent);
        }
    return least;
})()"""

failed = 0


def result(good, name, *why):
    global failed
    print(("ok " if good else "not ok ") + name)
    if not good:
        failed += 1
        for line in why:
            print("# " + str(line)[:300])
    return good


# Errors, exceptions and requests that the page reported.
def complaints(browser):
    found = []
    for event in browser.events:
        params = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            found.append(params["exceptionDetails"].get("text", "") + " " +
                         str(params["exceptionDetails"].get("exception", {}).get("description", "")))
        elif event["method"] == "Runtime.consoleAPICalled":
            found.append("console." + params["type"])
        elif event["method"] == "Log.entryAdded":
            found.append(params["entry"]["text"])
        elif event["method"] == "Network.requestWillBeSent" and params.get("type") != "Document":
            found.append("asks for " + params["request"]["url"])
    return found


# What holds of every page, whatever it is of.
def check_structure(name, facts, wanted):
    empty = {key: facts[key] for key in ("twice", "odd", "outside", "dead") if facts[key]}
    result(not empty, name + "-links", *empty.items())
    none = {key: facts[key] for key in ("empty", "headless", "ragged", "nameless", "styles", "handlers", "foreign",
                                        "bidi", "number") if facts[key]}
    result(not none and facts["scripts"] == 1, name + "-structure", none, "%d scripts" % facts["scripts"])
    missing = [i for i in wanted if i not in facts["ids"]]
    result(not missing and facts["tables"] > 0 and facts["names"] > 3, name + "-sections", "not there: %s" % missing,
           "%(tables)d tables, %(names)d names" % facts)


def check_widths(browser, name):
    wide = []
    for width in (DESK, 700, PHONE):
        browser.size(width, 800, 2 if width == PHONE else 1, width == PHONE)
        inner, scroll = browser.evaluate("[innerWidth, document.documentElement.scrollWidth]")
        if inner != width or scroll > width:
            wide.append("%d pixels in a window of %d" % (scroll, width))
        if width != 700:    # as on a desk
            bad = browser.evaluate(DIAGRAMS)
            result(not bad, "%s-diagrams-%d" % (name, width), *bad[:8])
    result(not wide, name + "-width", *wide)
    browser.size(DESK, 800)


FOUND = "[document.querySelectorAll('#found li').length, document.getElementById('count').textContent, %s]"
# When the next picture has been drawn: where the page is.
JUMPED = """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
    const e = document.getElementById(location.hash.slice(1)), r = e && e.getBoundingClientRect();
    done([location.hash, e && e.dataset.n, r && r.height > 0 && r.top >= -1 && r.top < innerHeight,
        document.querySelectorAll('#found li').length]);
})))"""


# A name of the page must be found, chosen and jumped to; what no page has must not.
def check_search(browser, name):
    browser.call("Page.bringToFront")
    last = browser.evaluate("Array.from(document.querySelectorAll('[data-n]')).pop().dataset.n")
    browser.evaluate("document.getElementById('q').focus()")
    browser.type(last)
    shown = browser.evaluate(FOUND % "document.querySelector('#found [aria-selected=true] a').firstChild.data")
    all_there = browser.evaluate("Array.from(document.querySelectorAll('[data-n]')).filter(e => %r.split(' ').every("
                                 "w => e.dataset.n.toLowerCase().includes(w) || e.dataset.k.startsWith(w))).length" %
                                 last.lower())
    result(1 <= shown[0] == min(all_there, 60) and shown[2].lower().split(".")[-1] == last.lower().split(".")[-1],
           name + "-search", "for %r: %s, of %d" % (last, shown, all_there))
    browser.key("ArrowDown", 40)
    browser.key("ArrowUp", 38)
    browser.key("Enter", 13)
    jumped = browser.evaluate(JUMPED)
    result(jumped[1] == last and jumped[2] and not jumped[3], name + "-search-jumps", jumped)
    browser.key("/", 191)
    browser.evaluate("document.getElementById('q').focus()")
    browser.type("no_such_name_at_all")
    none = browser.evaluate(FOUND % "0")
    browser.key("Escape", 27)
    cleared = browser.evaluate("document.getElementById('q').value")
    result(none == [0, "0 names", 0] and cleared == "", name + "-search-finds-nothing", none, cleared)


def check_colours(browser, name):
    for scheme in ("light", "dark"):
        browser.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        least, what = browser.evaluate(CONTRAST)
        result(least >= 4.5, "%s-contrast-%s" % (name, scheme), "%.2f: %s" % (least, what))
    browser.call("Emulation.setEmulatedMedia", features=[])


def check_print(browser, name):
    data = browser.pdf()
    pages = len(re.findall(rb"/Type\s*/Page\b", data))
    streams = re.findall(rb"stream\r?\n(.*?)endstream", data, re.S)
    drawn = 0
    for stream in streams:
        try:
            drawn += len(zlib.decompress(stream))
        except zlib.error:
            pass
    browser.call("Emulation.setEmulatedMedia", media="print")
    hidden = browser.evaluate("getComputedStyle(document.querySelector('nav')).display")
    browser.call("Emulation.setEmulatedMedia", media="")
    result(data.startswith(b"%PDF-") and pages >= 1 and drawn > 2000 and hidden == "none", name + "-print",
           "%d pages, %d bytes drawn, %s" % (pages, drawn, hidden))


# Without scripts the same is there, only not the search.
def check_plain(browser, name, facts):
    browser.call("Emulation.setScriptExecutionDisabled", value=True)
    browser.load(facts["url"])
    document = browser.call("DOM.getDocument")["root"]["nodeId"]
    hidden = browser.call("DOM.querySelectorAll", nodeId=document, selector="#search[hidden]")["nodeIds"]
    names = browser.call("DOM.querySelectorAll", nodeId=document, selector="[data-n]")["nodeIds"]
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    result(len(hidden) == 1 and len(names) == facts["names"], name + "-without-script", len(hidden), len(names))


def check_page(browser, name, path, wanted, printed):
    browser.size(DESK, 800)
    browser.load("file://" + path)
    facts = browser.evaluate(FACTS)
    facts["url"] = "file://" + path
    check_structure(name, facts, wanted)
    check_widths(browser, name)
    check_search(browser, name)
    check_colours(browser, name)
    if printed:
        check_print(browser, name)
    said = complaints(browser)
    result(not said, name + "-silent", *said)
    check_plain(browser, name, facts)


def main():
    browser = Browser()
    try:
        with open(sys.argv[1], encoding="utf-8") as pages:
            for line in pages:
                name, path, *wanted = line.split()
                try:
                    check_page(browser, name.lstrip("+"), path, wanted, name[0] == "+")
                except BrowserError as error:
                    result(False, name + "-looked-at", error)
                sys.stdout.flush()
    finally:
        browser.close()
    sys.exit(failed > 0)


main()
