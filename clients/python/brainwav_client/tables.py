"""Answers as tables of pandas, where it is installed."""

from collections.abc import Mapping, Sequence
from typing import Any

HOW = "pip install 'brainwav-client[pandas]'"


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row whose metadata are columns of their own, `metadata.…`."""
    kept = {name: value for name, value in row.items() if name != "metadata"}
    return kept | {f"metadata.{name}": value for name, value in row["metadata"].items()}


def frame_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """Return a `pandas.DataFrame`; an empty one has the columns that are always there.

    Raises:
        ImportError: pandas is not installed; the message says how.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError(f"tables need pandas: {HOW}") from error
    always = [name for name in columns if name != "metadata"]
    return pandas.DataFrame([flat(row) for row in rows], columns=None if rows else always)
