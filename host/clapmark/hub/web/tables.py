"""Tables to download: CSV and Parquet of the public moments, under CC0."""

import csv
import io
from collections.abc import Sequence

from clapmark.base.errors import ClapmarkError
from clapmark.base.install import extra_command

COLUMNS = {
    "conference": "text", "talk": "text", "title": "text", "room": "text", "start": "text", "at_s": "number",
    "position": "text", "length_s": "number", "people": "number", "tags": "text", "link": "text",
}  # fmt: skip
LICENCE = "CC0-1.0"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(rows: Sequence[dict[str, object]]) -> bytes:
    """Return the rows as CSV; no cell can be taken for a formula."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(row[name]) for name in COLUMNS})
    return out.getvalue().encode()


def to_parquet(rows: Sequence[dict[str, object]]) -> bytes:
    """Return the rows as Parquet, with its licence in the metadata. Raises ClapmarkError where pyarrow is missing."""
    try:
        import pyarrow  # noqa: PLC0415  # large, and needed by this download only
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise ClapmarkError(
            f"Parquet needs pyarrow, which is not installed. This adds it: {extra_command('hub')}"
        ) from error
    kinds = {"text": pyarrow.string(), "number": pyarrow.int32()}
    schema = pyarrow.schema(
        [(name, kinds[kind]) for name, kind in COLUMNS.items()], metadata={"licence": LICENCE, "source": "clapmark hub"}
    )
    out = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(list(rows), schema=schema), out)
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
