"""Models of faces that are nobody's: how they learn, and what they draw."""
