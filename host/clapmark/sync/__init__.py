"""Fetches the journal from a device into the archive, once or whenever one is plugged in."""
