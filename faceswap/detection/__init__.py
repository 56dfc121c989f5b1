"""Faces found in frames: boxes, landmarks, descriptors."""
