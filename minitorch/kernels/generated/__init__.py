"""Files that tools/generate.py writes."""
