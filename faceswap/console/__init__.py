"""What people read in a terminal: texts, lists, pictures."""
