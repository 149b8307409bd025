"""The course contract as a table of rows, each a statement with a check."""
