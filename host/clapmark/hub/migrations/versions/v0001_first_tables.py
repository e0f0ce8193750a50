"""The first tables."""

from alembic import op

revision = "0001"
down_revision = None

# POSTGRES / SQLITE: what the two call the same thing
_WORDS = {
    "postgresql": {"id": "integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bytes": "bytea"},
    "sqlite": {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "bytes": "BLOB"},
}

_TABLES = (
    """
    CREATE TABLE conferences (
      id {id}, slug text NOT NULL UNIQUE, title text NOT NULL, zone text NOT NULL, url text NOT NULL DEFAULT '',
      first_day text NOT NULL, last_day text NOT NULL, lead_s integer NOT NULL DEFAULT 10
    )
    """,
    """
    CREATE TABLE talks (
      conference_id integer NOT NULL REFERENCES conferences (id) ON DELETE CASCADE, id integer NOT NULL,
      key text NOT NULL, guid text NOT NULL DEFAULT '', code text NOT NULL DEFAULT '', title text NOT NULL,
      room text NOT NULL DEFAULT '', speakers text NOT NULL DEFAULT '', url text NOT NULL DEFAULT '',
      start_utc_s bigint NOT NULL, duration_s integer NOT NULL, vanished integer NOT NULL DEFAULT 0,
      video text NOT NULL DEFAULT '', video_start_ms bigint,
      PRIMARY KEY (conference_id, id), UNIQUE (conference_id, key)
    )
    """,
    """
    CREATE TABLE codes (
      id {id}, conference_id integer NOT NULL REFERENCES conferences (id) ON DELETE CASCADE,
      hash {bytes} NOT NULL UNIQUE, label text NOT NULL, contributors integer NOT NULL,
      revoked integer NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE contributors (
      id {id}, conference_id integer NOT NULL REFERENCES conferences (id) ON DELETE CASCADE,
      code_id integer NOT NULL REFERENCES codes (id) ON DELETE CASCADE, token_hash {bytes} NOT NULL,
      rev integer NOT NULL DEFAULT 0, forgotten_rev integer NOT NULL DEFAULT 0, marks integer NOT NULL DEFAULT 0,
      UNIQUE (conference_id, token_hash)
    )
    """,
    "CREATE INDEX contributors_code ON contributors (code_id)",
)
_MARKS = """
    CREATE TABLE marks (
      conference_id integer NOT NULL, contributor_id integer NOT NULL, talk_id integer, at_s integer NOT NULL,
      error_s integer NOT NULL, length_s integer NOT NULL, rev integer NOT NULL, tag text NOT NULL,
      mark_id {bytes} NOT NULL, PRIMARY KEY (conference_id, mark_id)
    ) {partitioned}
"""


def upgrade() -> None:
    """Create everything."""
    dialect = op.get_bind().dialect.name
    words = _WORDS[dialect]
    for table in _TABLES:
        op.execute(table.format(**words))
    is_partitioned = dialect == "postgresql"
    op.execute(_MARKS.format(**words, partitioned="PARTITION BY LIST (conference_id)" if is_partitioned else ""))
    op.execute(f"CREATE INDEX marks_talk ON marks ({'talk_id' if is_partitioned else 'conference_id, talk_id'})")
    op.execute("CREATE INDEX marks_contributor ON marks (contributor_id)")


def downgrade() -> None:
    """Remove everything."""
    for table in ("marks", "contributors", "codes", "talks", "conferences"):
        op.execute(f"DROP TABLE {table}")
