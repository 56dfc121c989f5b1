"""Who consented, and what an output says that it is."""
