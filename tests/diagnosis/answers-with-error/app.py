from http.server import BaseHTTPRequestHandler, HTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(500, "the template is missing")


HTTPServer(("0.0.0.0", 7860), Page).serve_forever()
