"""The append-only log of records on raw flash: write, read, recover, commit."""
