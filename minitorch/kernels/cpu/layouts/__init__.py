"""How kernels see arrays of any layout, and step through them."""
