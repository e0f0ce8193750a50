"""The index: what `clapmark search` and `clapmark browse` look into. Derived from the archive, deleted without harm."""

from clapmark.index.database import Index, ask, open_index
from clapmark.index.search import Hit, Query, search

__all__ = ["Hit", "Index", "Query", "ask", "open_index", "search"]
