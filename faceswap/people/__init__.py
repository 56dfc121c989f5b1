"""Who is who among the faces found."""
