"""The first documents of each group, in their order: a group shares the value of a field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from retrieval.errors import TypeMismatch
from retrieval.filtering.fields import KINDS, LIST, column_of
from retrieval.search.fusion import Ids
from retrieval.search.order import COMPARED_BUILT_IN, ROW

MOST_OF_A_GROUP = 100


@dataclass(frozen=True, slots=True)
class GroupBy:
    """At most ``limit`` documents of each value of a field; those without one are a group too."""

    field: str
    limit: int = 1


def first_of_each(documents: pa.Table, row_ids: Ids, group: GroupBy) -> NDArray[np.bool_]:
    """Return which of the documents are among the first of their group.

    Args:
        documents: In any order, with the columns of the field.
        row_ids: The documents in the order that they have.
        group: How they are grouped.

    Raises:
        TypeMismatch: The field holds lists: a document would be of several groups.
    """
    groups = np.full(len(documents), -1, np.int64)
    first = 0
    for values in _columns(documents, group):
        codes = values.combine_chunks().dictionary_encode()
        known = values.is_valid().to_numpy()
        groups[known] = codes.indices.drop_null().to_numpy() + first
        # Values of another type are other groups: 1 is not "1".
        first += len(codes.dictionary)
    of_row = dict(zip(documents[ROW].to_pylist(), groups.tolist(), strict=True))
    seen: defaultdict[int, int] = defaultdict(int)
    kept = np.zeros(len(row_ids), np.bool_)
    for at, row in enumerate(row_ids.tolist()):
        seen[of_row[row]] += 1
        kept[at] = seen[of_row[row]] <= group.limit
    return kept


def _columns(documents: pa.Table, group: GroupBy) -> Iterator[pa.ChunkedArray]:
    if group.field in COMPARED_BUILT_IN:
        yield documents[group.field]
        return
    for kind in KINDS:
        name = column_of(kind, group.field.removeprefix("metadata."))
        if name not in documents.column_names or documents[name].null_count == len(documents):
            continue
        if kind == LIST:
            raise TypeMismatch(
                f"{group.field!r} holds a list in some documents: they would be of several groups",
                "group_by.field",
            )
        yield documents[name]
