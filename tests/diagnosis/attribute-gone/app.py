from PIL import Image

thumbnail = Image.new("RGB", (64, 64)).resize((8, 8), Image.ANTIALIAS)
