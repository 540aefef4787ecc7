from urllib.request import urlopen

print(urlopen("http://weights.invalid/model.bin", timeout=5).read())
