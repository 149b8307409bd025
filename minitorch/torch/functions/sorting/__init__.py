"""Functions of order: sorting, and finding what is equal or between."""
