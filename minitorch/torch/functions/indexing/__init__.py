"""Functions that take and put elements where indices or masks say."""
