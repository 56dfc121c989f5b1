"""New faces in old frames: masks, colours, what lies before them."""
