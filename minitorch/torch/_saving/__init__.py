"""How `torch.save` and `torch.load` write and read PyTorch's files.

A file is a zip archive: `data.pkl` is a pickle of the object in which each tensor stands as a
call of one of PyTorch's functions with a reference to a record `data/<number>`, the bytes of a
storage.
"""
