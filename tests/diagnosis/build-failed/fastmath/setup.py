from setuptools import setup

raise RuntimeError("CUDA_HOME is not set: this needs the CUDA toolkit")
