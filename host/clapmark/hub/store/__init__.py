"""Where a hub keeps its data: the same SQL for SQLite and PostgreSQL, but for what only one of them can do."""
