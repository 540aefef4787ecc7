import socket

redis = socket.create_connection(("localhost", 6399), timeout=5)
