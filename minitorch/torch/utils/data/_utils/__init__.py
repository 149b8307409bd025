"""The parts of a loader: how samples are fetched and joined, and how workers do it."""

from . import collate as collate
from . import fetch as fetch
