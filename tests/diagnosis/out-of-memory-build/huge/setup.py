import time

from setuptools import setup

model = bytearray(1500 * 1024**2)
model[::4096] = b"1" * len(model[::4096])
time.sleep(60)
setup(name="huge", version="1.0")
