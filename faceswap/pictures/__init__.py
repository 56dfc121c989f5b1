"""Planes: points, matrices, levels, and many small pictures on one."""
