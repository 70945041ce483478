# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# A headless Chromium, driven over a pair of pipes by the DevTools protocol: messages in JSON, each ended by a zero
# byte. Takes commands, gives their results, and keeps what the page reported meanwhile. Only Python's own modules.

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-pipe"]
PATIENCE = 120      # seconds without a word after which the browser counts as dead


class BrowserError(Exception):
    pass


class Browser:
    def __init__(self, command="chromium"):
        self.folder = tempfile.mkdtemp(prefix="browser.")
        self.buffer = b""
        self.number = 0
        self.events = []
        self.session = None
        down_read, self.down = os.pipe()
        self.up, up_write = os.pipe()

        def wire():     # the browser reads from 3 and writes to 4
            read, write = os.dup(down_read), os.dup(up_write)
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.log = open(os.path.join(self.folder, "log"), "wb+")
        self.process = subprocess.Popen([command] + FLAGS + ["--user-data-dir=" + self.folder + "/profile"],
                                        close_fds=False, preexec_fn=wire, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log)
        os.close(down_read)
        os.close(up_write)
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def died(self, what):
        self.log.seek(0)
        return BrowserError("%s; it said:\n%s" % (what, self.log.read()[-2000:].decode("utf-8", "replace")))

    # The next message, or None after @patience seconds.
    def receive(self, patience=PATIENCE):
        while b"\0" not in self.buffer:
            if not select.select([self.up], [], [], patience)[0]:
                return None
            piece = os.read(self.up, 1 << 20)
            if not piece:
                raise self.died("the browser went away")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.down, data):]
        while True:
            answer = self.receive()
            if answer is None:
                raise self.died("no answer to " + method)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise BrowserError("%s: %s" % (method, answer["error"].get("message")))
                return answer["result"]
            if "method" in answer:
                self.events.append(answer)

    # Waits for an event, which it takes out of those that are kept.
    def wait(self, method):
        while True:
            for i, event in enumerate(self.events):
                if event["method"] == method:
                    return self.events.pop(i)
            answer = self.receive()
            if answer is None:
                raise self.died("waited in vain for " + method)
            if "method" in answer:
                self.events.append(answer)

    def size(self, width, height, scale=1, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=mobile)

    def load(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise BrowserError("%s: %s" % (expression[:80], details.get("exception", details).get("description",
                                                                                                  details)))
        return result["result"].get("value")

    # A key of the keyboard: "Enter", "Escape", "ArrowDown".
    def key(self, name, code):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name, windowsVirtualKeyCode=code,
                      text="\r" if kind == "keyDown" and name == "Enter" else "")

    def type(self, text):
        self.call("Input.insertText", text=text)

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"])

    # A picture of the page from @top on, of @height pixels.
    def picture(self, width, top, height):
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True, clip={
            "x": 0, "y": top, "width": width, "height": height, "scale": 1})["data"])

    def close(self):
        session, self.session = self.session, None
        try:
            if session:
                self.call("Browser.close")
        except (BrowserError, OSError):
            pass
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.down)
        os.close(self.up)
        self.log.close()
        for _ in range(20):     # its children may still be writing
            shutil.rmtree(self.folder, ignore_errors=True)
            if not os.path.exists(self.folder):
                break
            time.sleep(0.1)
