from pathlib import Path

with Path("/dev/shm/model.bin").open("wb") as file:
    for _ in range(2000):
        file.write(bytes(1024**2))
