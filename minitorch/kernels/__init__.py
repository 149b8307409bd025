"""The engine room: compiled kernels over NumPy arrays of every dtype and layout.

`cpu` has them by family. `op_table` and `reduction_table` say what elementwise operations and
reductions compute; tools/generate.py writes `generated` from the first.
"""
