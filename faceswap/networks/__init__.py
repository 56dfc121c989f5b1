"""Parts of networks, and the loss and step of those that swap."""
