"""How a kernel is called: with little Python before it, where operands are small."""
