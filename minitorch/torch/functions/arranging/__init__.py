"""Functions that copy elements to other places: joined, repeated, flipped, in triangles."""
