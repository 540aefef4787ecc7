with open("/dev/shm/cache.bin", "wb") as file:
    for _ in range(2000):
        file.write(bytes(1024**2))
