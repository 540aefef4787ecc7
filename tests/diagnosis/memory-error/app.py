weights = bytearray(2**60)
