"""How good an output is, in figures and pictures."""
