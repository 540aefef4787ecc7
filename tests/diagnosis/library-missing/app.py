import ctypes

portaudio = ctypes.CDLL("libportaudio.so.2")
