"""Faces laid on the mean face, and steadied over time."""
