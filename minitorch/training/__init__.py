"""Trainers for models built with the course library, and the data they learn from."""
