"""A file here is a model; its name is what `--model` takes."""
