"""Finds or fetches MicroPython and compiles the device's app."""
