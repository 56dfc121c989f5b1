"""Films and pictures as frames of samples with their times, and samples put back into them."""
