"""The one place that names the version: device, laptop tool and packages all read it here."""

VERSION = b"0.1.0"
