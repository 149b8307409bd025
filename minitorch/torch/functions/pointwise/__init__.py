"""Functions that treat each element by itself.

tools/generate.py writes `generated` from the op table; what PyTorch gives more arguments or other
names is written out in the modules beside it. `_engine` computes all of them the short way,
`_general` any other way, `_gradients` brings gradients back, `_formulas` is what those are written
with.
"""
