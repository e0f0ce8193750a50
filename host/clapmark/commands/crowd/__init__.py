"""Commands for what an audience marked: share, crowd, and the hub itself."""
