"""Files that are written whole or not at all, and read as what strangers wrote."""
