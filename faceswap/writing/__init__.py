"""Films and pictures written, with all that was in them beside the picture."""
