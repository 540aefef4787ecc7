from http.server import HTTPServer, SimpleHTTPRequestHandler

HTTPServer(("0.0.0.0", 7860), SimpleHTTPRequestHandler).serve_forever()
