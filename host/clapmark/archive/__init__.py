"""The archive on disk: settings, journal logs, records, wall time."""
