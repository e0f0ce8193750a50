"""The version: read by the device, the laptop tool and the package metadata."""

VERSION = b"0.2.0"
PROTOCOL = 1  # of the link; another number means that the two sides do not understand each other
