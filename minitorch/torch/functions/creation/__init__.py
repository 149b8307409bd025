"""Functions that make tensors: of data, of numbers, of steps."""
