"""Reads the journal out of a raw flash dump."""
