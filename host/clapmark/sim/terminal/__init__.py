"""The virtual device's screen and keys in a terminal."""
