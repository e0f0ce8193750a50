"""Clapmark's device side. The folder layout is the same as on the device's file system."""
