import numpy
from setuptools import setup

setup(name="fastmath", version="1.0", include_dirs=[numpy.get_include()])
