import time

weights = bytearray(600 * 1024**2)
weights[::4096] = b"1" * len(weights[::4096])
time.sleep(60)
