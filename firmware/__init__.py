"""Clapmark's device side. It lies here as it lies on the device's file system."""
