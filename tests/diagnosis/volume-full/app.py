import time

with open("/data/history.bin", "wb") as file:
    while True:
        file.write(bytes(1024**2))
        file.flush()
        time.sleep(0.5)
