"""The functions of tensors, by family: `torch.exp` is one, and so is the method `x.exp`.

A function checks its arguments, computes with kernels on the arrays of its operands, and enters the
result into the graph, with the way back of a gradient. Here stands what the families share:
`_operands` and `_overrides` for what comes in, `_in_place`, `_entering` and `_parts` for what
changes a tensor, `_compositions` for derivatives of fused functions.
"""
