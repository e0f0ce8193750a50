"""Recordings and transcripts of talks, and where in them a bookmark is."""
