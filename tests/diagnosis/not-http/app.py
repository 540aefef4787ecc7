from socketserver import BaseRequestHandler, TCPServer


class Mail(BaseRequestHandler):
    def handle(self):
        self.request.recv(1024)
        self.request.sendall(b"220 mail.example ESMTP\r\n")


TCPServer(("0.0.0.0", 7860), Mail).serve_forever()
