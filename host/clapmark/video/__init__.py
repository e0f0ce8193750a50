"""Recordings of talks: where a bookmark lies in the video, and the address that opens the video there."""
