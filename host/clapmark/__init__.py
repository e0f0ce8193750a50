"""The laptop side of Clapmark."""
