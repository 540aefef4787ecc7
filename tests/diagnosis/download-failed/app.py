import os

os.system("wget http://127.0.0.1:1/labels.txt")
with open("labels.txt") as file:
    print(file.read())
