"""Let tools that still call setup.py install minitorch; pyproject.toml says everything."""

from setuptools import setup

setup()
