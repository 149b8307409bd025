"""Functions whose results share the memory of their operand, and copies with a part replaced."""
