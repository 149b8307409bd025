"""Kernels for the processor, compiled by Numba, by family.

In each family one module, named as what it computes, has the entry points: plain Python that checks
its operands and allocates the result. `short` is the short way for small operands, `plan` cuts
large work into launches, and what is compiled stands in modules named `loops`.
"""
