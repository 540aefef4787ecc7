from setuptools import Extension, setup

setup(name="sound", version="1.0", ext_modules=[Extension("sound", ["sound.c"])])
