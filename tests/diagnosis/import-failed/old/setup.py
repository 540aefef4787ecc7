from setuptools import setup

setup(name="old", version="1.0", py_modules=["old"])
