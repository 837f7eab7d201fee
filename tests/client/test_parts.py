"""Long lists go in parts, and come back as if they had gone whole."""

from pathlib import Path
from typing import Any

import pytest
from client_samples import MOST

from brainwav_client import Document, Progress
from brainwav_client.batches import MOST_BYTES, Bar, moved, parts
from brainwav_client.errors import InvalidRequest, TooLarge


def documents(count: int) -> list[Document]:
    """Return so many documents without ids."""
    return [Document(f"text number {n}") for n in range(count)]


def test_parts_that_are_too_long_for_the_service_are_halved(client: Any) -> None:
    """A caller need not know its caps."""
    wrote = client.put(documents(2 * MOST + 1), namespace="long", batch=100)
    assert wrote.upserted == 2 * MOST + 1
    assert len(set(wrote.ids)) == 2 * MOST + 1
    assert client.get(wrote.ids[-1], namespace="long").text == f"text number {2 * MOST}"


def test_failures_are_counted_over_all_parts(client: Any) -> None:
    """Also where every document of a part fails."""
    rotten = {"id": "x", "text": ""}
    given = [Document("good"), rotten, rotten, rotten, Document("good"), rotten]
    wrote = client.put(given, namespace="rotten", batch=2)
    assert wrote.upserted == 2
    assert [failure.index for failure in wrote.failed] == [1, 2, 3, 5]
    assert [id is None for id in wrote.ids] == [False, True, True, True, False, True]
    assert {failure.error.code for failure in wrote.failed} == {"empty_input"}


def test_a_write_of_which_nothing_is_left_is_an_error(client: Any) -> None:
    """The first document's, with all of them listed."""
    with pytest.raises(InvalidRequest) as refused:
        client.put([{"text": ""}] * 3, namespace="rotten", batch=2)
    assert refused.value.code == "empty_input"
    assert [failure.index for failure in refused.value.done.failed] == [0, 1, 2]


def test_what_was_written_before_an_error_is_said(client: Any) -> None:
    """A part that the service refuses altogether ends the write."""
    given = [Document("good", id="good"), Document("x" * 70_000_000)]
    with pytest.raises(TooLarge) as refused:
        client.put(given, namespace="broken", batch=1)
    assert refused.value.done.ids == ("good",)


def test_what_was_written_before_a_mistake_is_noted(client: Any, tmp_path: Path) -> None:
    """A picture that is not there is the caller's own error."""
    given = [Document("good"), Document(picture=tmp_path / "none.png")]
    with pytest.raises(FileNotFoundError) as missing:
        client.put(given, namespace="broken", batch=1)
    assert missing.value.__notes__ == ["1 documents were written before"]


def test_progress_is_told_after_every_part(client: Any) -> None:
    """With the total where it is known."""
    told: list[Progress] = []
    client.put(documents(5), namespace="long", batch=2, progress=told.append)
    assert told == [Progress(2, 0, 5), Progress(4, 0, 5), Progress(5, 0, 5)]
    client.put(iter(documents(3)), namespace="long", batch=2, progress=told.append)
    assert told[3:] == [Progress(2, 0, None), Progress(3, 0, None)]


def test_vectors_come_back_in_order_with_their_failures(client: Any) -> None:
    """Places and indexes count over all parts."""
    made = client.embed(["a red mug", "", "a chair", "", ""], batch=2)
    assert [vector is None for vector in made.embeddings] == [False, True, False, True, True]
    assert [error.index for error in made.errors] == [1, 3, 4]
    assert [error.where for error in made.errors] == [f"inputs.{n}.text" for n in (1, 3, 4)]
    alone = client.embed(["a chair"])
    assert made.embeddings[2] == pytest.approx(alone.embeddings[0])
    with pytest.raises(InvalidRequest):
        client.embed(["", ""], batch=1)


def test_a_part_is_bounded_in_bytes_too() -> None:
    """But for an item that is larger itself."""
    big, small = MOST_BYTES + 1, MOST_BYTES // 2
    assert list(parts([1, big, small, small, 1], 10, int)) == [
        [1],
        [big],
        [small, small],
        [1],
    ]
    assert list(parts([], 10, int)) == []


@pytest.mark.parametrize(
    ("where", "whole"),
    [
        ("documents.3.text", "documents.13.text"),
        ("inputs.0", "inputs.10"),
        ("file.2", "file.12"),
        ("namespace", "namespace"),
        ("documents.metadata.3", "documents.metadata.3"),
    ],
)
def test_places_are_those_of_the_whole_list(where: str, whole: str) -> None:
    """Names that only look like them stay."""
    assert moved(where, 10) == whole


def test_the_bar_fills() -> None:
    """And says what failed."""
    bar = Bar(None)  # type: ignore[arg-type]
    assert bar.drawn(Progress(1, 0, 2)) == f"[{'#' * 15}{'.' * 15}] 1/2"
    assert bar.drawn(Progress(3, 1, None)) == "3 done, 1 failed"
