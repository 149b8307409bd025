"""Functions of images: padding, other sizes, sampling at places."""
