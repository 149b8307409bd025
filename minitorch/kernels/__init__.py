"""The engine room: compiled kernels over NumPy arrays of every dtype and layout."""
