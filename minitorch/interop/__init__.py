"""Bridges to other packages, each of which is needed only where it is used."""
