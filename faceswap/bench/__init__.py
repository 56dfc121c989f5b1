"""The bench: each stage's speed on this machine, beside its floor and the plain way."""
