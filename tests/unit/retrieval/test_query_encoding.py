"""A query is encoded once for each space that it searches."""

import asyncio

import numpy as np
import pytest

from retrieval.encoding import EncodeReply, EncodeRequest, EncodeWork, ItemError, ItemReport
from retrieval.search.query_encoding import QueryReply, QueryRequest, encode_query

DIMENSIONS = {"text": 3, "joint": 4}
ROTTEN = ItemError("text_too_odd", "not for me")


class Towers:
    """Vectors that say which item they are of; one word is refused, or not read, in one space."""

    def __init__(self, refused_in: str = "", unread_in: tuple[str, ...] = ()) -> None:
        self.refused_in, self.unread_in = refused_in, unread_in
        self.asked: list[EncodeRequest] = []

    async def encode(self, request: EncodeRequest) -> EncodeReply:
        self.asked.append(request)
        vectors = np.zeros((len(request.items), DIMENSIONS[request.space]), np.float32)
        for row, item in enumerate(request.items):
            vectors[row, 0 if isinstance(item, str) else 1] = 1
        refused = request.space == self.refused_in
        unread = request.space in self.unread_in
        reports = [
            ItemReport(ROTTEN if refused else None, False, 5, unread and isinstance(item, str))
            for item in request.items
        ]
        in_text = request.space == "text"
        return EncodeReply(vectors, reports, EncodeWork(0.1, 0.3 if in_text else 0.2, 0.5, 2))


def asked(towers: Towers, one_space: bool, text: str | None, picture: bytes | None) -> QueryReply:
    return asyncio.run(encode_query(QueryRequest(text, picture), towers.encode, one_space))


def test_words_go_into_both_spaces_and_a_picture_into_one() -> None:
    """The picture's and the words' vectors share a leg."""
    towers = Towers()
    reply = asked(towers, False, "a mug", b"picture")
    assert [(each.space, list(each.items)) for each in towers.asked] == [
        ("joint", ["a mug", b"picture"]),
        ("text", ["a mug"]),
    ]
    assert all(each.may_be_cheap for each in towers.asked)
    assert {each.input_type for each in towers.asked} == {"query"}
    assert reply.vectors.text is not None
    assert reply.vectors.joint is not None
    assert reply.vectors.text.tolist() == [1, 0, 0]
    assert reply.vectors.joint.tolist() == pytest.approx([0.5**0.5, 0.5**0.5, 0, 0])
    assert [report.tokens for report in reply.reports] == [10, 5]
    assert reply.work == EncodeWork(0.1, 0.3, 1.0, 2)


def test_where_the_spaces_are_one_everything_is_encoded_once() -> None:
    """A picture alone searches texts too there."""
    towers = Towers()
    words = asked(towers, True, "a mug", None)
    seen = asked(towers, True, None, b"picture")
    assert [each.space for each in towers.asked] == ["joint", "joint"]
    assert words.vectors.text is words.vectors.joint
    assert seen.vectors.text is seen.vectors.joint
    assert seen.vectors.joint is not None


def test_a_picture_alone_has_no_vector_in_the_space_of_texts() -> None:
    """And the text tower is not asked."""
    towers = Towers()
    reply = asked(towers, False, None, b"picture")
    assert [each.space for each in towers.asked] == ["joint"]
    assert reply.vectors.text is None


@pytest.mark.parametrize("space", ["text", "joint"])
def test_words_that_one_tower_refuses_are_refused(space: str) -> None:
    """By one report for each part, whichever tower it was."""
    reply = asked(Towers(refused_in=space), False, "a mug", None)
    assert [report.error for report in reply.reports] == [ROTTEN]
    assert (reply.vectors.text, reply.vectors.joint) == (None, None)


@pytest.mark.parametrize(
    ("unread_in", "picture", "in_text", "in_joint"),
    [
        (("text",), None, False, True),
        (("joint",), None, True, False),
        (("text", "joint"), None, False, False),
        (("text", "joint"), b"picture", False, True),
    ],
)
def test_words_that_a_model_cannot_read_are_left_out_of_its_leg(
    unread_in: tuple[str, ...], picture: bytes | None, in_text: bool, in_joint: bool
) -> None:
    """The other space's leg and the picture's are searched, and the report says so."""
    reply = asked(Towers(unread_in=unread_in), False, "猫", picture)
    assert (reply.vectors.text is not None, reply.vectors.joint is not None) == (in_text, in_joint)
    assert reply.reports[0].unreadable
    if picture is not None:
        assert reply.vectors.joint is not None
        assert reply.vectors.joint.tolist() == [0, 1, 0, 0]
        assert not reply.reports[1].unreadable
