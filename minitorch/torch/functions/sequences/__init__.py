"""Attention and recurrent layers, and sequences of several lengths."""
