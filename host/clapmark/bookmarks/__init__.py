"""From records to bookmarks, and from bookmarks to talks."""
