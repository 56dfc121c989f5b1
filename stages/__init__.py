"""A file here is a stage; its name is the command."""
