"""Brings the app on a device up to date, over MicroPython's prompt: complete, or not at all."""
