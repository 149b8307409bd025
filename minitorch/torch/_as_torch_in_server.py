"""Imported by the server that forks children of a script under `minitorch run`."""

from ._as_torch import install

install()
