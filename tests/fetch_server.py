# SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
#
# A debuginfod server that does what the file `mode` says, one word a request: what a good one does (good), or something
# else. Takes a folder with the answers (ID-executable, ID-section-NAME), writes its port to `port` and each request to
# `requests`.
import http.server
import os
import sys
import threading

folder = sys.argv[1]
never = threading.Event()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, data, length=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self):
        with open("requests", "a") as out:
            out.write(self.path + "\n")
        mode = open("mode").read().strip()
        parts = self.path.strip("/").split("/")
        path = os.path.join(folder, "-".join(parts[1:]))
        data = open(path, "rb").read() if os.path.exists(path) else None
        self.close_connection = True
        if mode == "good":
            if data is None:
                self.send_error(404)
            else:
                self.answer(data)
        elif mode == "silent":
            never.wait()
        elif mode == "stalls":
            self.answer(b"\x7fELF", 100000)
            never.wait()
        elif mode == "empty":
            self.answer(b"")
        elif mode == "garbage":
            self.answer(bytes(i * 7 % 251 for i in range(5000)))
        elif mode == "torn":
            self.answer(b"\x7fELF", 100000)
        elif mode == "hangs_up":
            pass
        elif mode == "not_http":
            self.wfile.write(b"220 ready\r\n")
        elif mode == "huge":
            self.answer(b"\x7fELF", 1 << 40)
        elif mode == "endless":
            self.send_response(200)
            self.end_headers()
            while True:
                self.wfile.write(bytes(1 << 16))
        elif mode.isdigit():
            self.send_error(int(mode))
        elif mode == "redirect":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass


server = Server(("127.0.0.1", 0), Handler)
with open("port.new", "w") as out:
    out.write(str(server.server_port))
os.rename("port.new", "port")
server.serve_forever()
