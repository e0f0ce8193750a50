"""Alembic's environment and the versions of the tables, as SQL by hand."""
