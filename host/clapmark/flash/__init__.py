"""Puts MicroPython and the app on a board, or into one complete flash image."""
