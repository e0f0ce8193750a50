"""The hub: takes the marks that people share, and shows the moments of each talk (docs/hub.md)."""
