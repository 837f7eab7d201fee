"""What travels to an encoder and back: items of strangers in one batch, each with its own fate."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from retrieval.documents import Vector, Vectors
from retrieval.errors import OtherModel
from retrieval.input_type import InputType
from retrieval.logits import TrainedLogits
from retrieval.passages.cutting import Range
from retrieval.passages.sections import Sections
from retrieval.picture_note import PictureNote

Space = Literal["joint", "text"]
"""``joint`` compares texts with pictures, ``text`` texts with texts."""


@dataclass(frozen=True, slots=True)
class EncodeRequest:
    """Items to encode; a ``str`` is a text, ``bytes`` are a picture file."""

    items: Sequence[str | bytes]
    space: Space = "joint"
    """For texts; pictures have vectors in the joint space only."""
    normalize: bool = True
    background: bool = False
    """Nobody waits for these items: whoever does goes first."""
    for_index: bool = False
    """The vectors are stored: queries go first, though not for ever."""
    may_be_cheap: bool = False
    """The vectors are not for an index: in mode `eco` a cheaper precision is good enough. What
    is stored is always encoded in the index's own."""
    input_type: InputType = "passage"
    """What texts are for; some models put another prefix before queries."""
    only_whole: bool = False
    """A text that is longer than the model reads has no vector, only a report that it was cut."""


THUMBNAIL_WIDTHS_PX = (64, 128, 256, 512)
"""Widths that there are small pictures of: others would be decoded for one caller each."""


@dataclass(frozen=True, slots=True)
class ThumbnailRequest:
    """A stored picture that is wanted smaller."""

    picture: bytes
    width_px: int
    """The most, one of ``THUMBNAIL_WIDTHS_PX``; a narrower picture keeps its size."""


@dataclass(frozen=True, slots=True)
class SplitRequest:
    """Texts to cut into passages of the length that the text model reads."""

    texts: Sequence[str]
    sections: Sequence[Sections]
    """Of each text."""


@dataclass(frozen=True, slots=True)
class SplitReply:
    """Where the passages of texts begin and end; one of a text that is read at once."""

    ranges: Sequence[Sequence[Range]]
    """Of each text, in its order, in code points."""
    made_by: str = ""
    """Tag of the models, as in ``EncodeReply``."""


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why one item has no vector."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ItemReport:
    """What happened to one item."""

    error: ItemError | None = None
    truncated: bool = False
    tokens: int = 0
    """Tokens encoded; 0 for pictures."""
    unreadable: bool = False
    """The model does not know most of the text: its vector says nothing of what it means."""
    notes: tuple[PictureNote, ...] = ()
    """What of a picture was cut, ignored or guessed."""


@dataclass(frozen=True, slots=True)
class EncodeWork:
    """What encoding took; items travel in batches with strangers."""

    queue_s: float = 0.0
    """The longest that an item waited for its forward pass."""
    model_s: float = 0.0
    """The longest forward pass that held one."""
    cpu_s: float = 0.0
    """CPU time of preparing and of these items' parts of the passes."""
    batch_items: int = 0
    """Items of the largest batch, strangers included."""


@dataclass(frozen=True, slots=True)
class EncodeReply:
    """Vectors and reports in the order of the request's items."""

    vectors: Vectors
    """Shape (n, d); the row of a failed item is zero."""
    reports: Sequence[ItemReport]
    work: EncodeWork = EncodeWork()
    made_by: str = ""
    """Tag of the models (``Fingerprint.tag``); empty where nobody keeps account."""

    @property
    def to_store(self) -> list[Vector | ItemError | None]:
        """Each item's vector or error; None for a text that the model cannot read.

        Vectors of such texts are all much the same: in an index they would win many queries.
        """
        return [
            report.error or (None if report.unreadable else vector)
            for vector, report in zip(self.vectors, self.reports, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class EncoderInfo:
    """Which towers a service encodes with."""

    text_model: str
    joint_model: str
    text_dimension: int
    joint_dimension: int
    context_length: int
    """Tokens of the joint text tower."""
    precision: str
    precision_reason: str
    threads: int
    device: str
    one_space: bool
    tag: str = ""
    """Of the models, as in ``EncodeReply.made_by``."""
    query_spaces: tuple[Space, ...] = ()
    """Where a text has another vector as a query than as a passage."""
    logits: TrainedLogits | None = None
    """Of the joint space; None where the model was trained without, or not at all."""
    photographs: str = ""
    """What becomes of photographs; empty where the model was made for them."""

    def dimension(self, space: Space) -> int:
        """Return the dimension of a space's vectors."""
        return self.joint_dimension if space == "joint" else self.text_dimension

    def model(self, space: Space) -> str:
        """Return the name of the model behind a space."""
        return self.joint_model if space == "joint" else self.text_model


def one_tag(tags: Iterable[str]) -> str:
    """Return the tag that vectors have in common; those without one join any.

    Raises:
        OtherModel: They were made by different models, since a service changes them just now.
    """
    known = {tag for tag in tags if tag}
    if len(known) > 1:
        raise OtherModel("the models are being changed; try again shortly")
    return known.pop() if known else ""


Encode = Callable[[EncodeRequest], Awaitable[EncodeReply]]
"""Encodes in this process or in another one."""

Split = Callable[[SplitRequest], Awaitable[SplitReply]]
"""Cuts texts where they are encoded."""
