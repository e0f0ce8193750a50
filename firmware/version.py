"""The one place that names the version: device, laptop tool and packages all read it here."""

VERSION = b"0.1.0"
PROTOCOL = 1  # of the link; another number means that the two sides do not understand each other
