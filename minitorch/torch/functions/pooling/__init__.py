"""Pooling over windows, and its reverse."""
