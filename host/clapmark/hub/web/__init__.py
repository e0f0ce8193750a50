"""The hub's HTTP side: the API for `clapmark share` and `clapmark crowd`, the public pages, health and metrics."""
