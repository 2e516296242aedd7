"""The least that a program of this kind does, to measure against."""
