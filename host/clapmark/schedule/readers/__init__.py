"""One module per schedule format."""
