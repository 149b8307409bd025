"""Functions that treat each element by itself."""
