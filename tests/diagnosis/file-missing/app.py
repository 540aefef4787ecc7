weights = open("weights/model.bin", "rb").read()
