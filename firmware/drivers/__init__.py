"""Drivers: they know buses and pins, and nothing of talks."""
