"""Convolutions and what they are made of."""
