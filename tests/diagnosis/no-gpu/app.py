import pynvml

pynvml.nvmlInit()
print(pynvml.nvmlDeviceGetCount())
