"""The stage over HTTP: pages, events, commands (docs/stage.md)."""
