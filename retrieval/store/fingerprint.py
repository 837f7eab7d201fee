"""Which models an index was made by; vectors of others must not join it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace

from retrieval.errors import IncompatibleIndex
from retrieval.photograph_mark import IDENTITY


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The models behind the two vector columns.

    ``one_space`` says that a text query's vector may be compared with pictures
    as it is; otherwise the picture side has a text encoder of its own.
    """

    text_model: str
    image_model: str
    text_dimension: int
    image_dimension: int
    precision: str
    one_space: bool

    def to_json(self) -> str:
        """Return the form kept in the index."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def tag(self) -> str:
        """A short name that vectors carry along, so that they meet none of another model."""
        return hashlib.blake2b(self.to_json().encode(), digest_size=6).hexdigest()

    def same_models(self, other: Fingerprint) -> bool:
        """Return whether vectors of both may be compared; the precision does not matter."""
        return replace(self, precision=other.precision) == other

    def extends(self, other: Fingerprint) -> bool:
        """Return whether these models can encode as the other ones did: photographs came after."""
        return self.same_models(replace(other, image_model=other.image_model + IDENTITY))

    @classmethod
    def from_json(cls, text: str) -> Fingerprint:
        """Return what ``to_json`` wrote."""
        return cls(**json.loads(text))


def reconcile(recorded: Fingerprint | None, offered: Fingerprint) -> Fingerprint:
    """Return the fingerprint to work with.

    A precision that differs is no reason to refuse: bfloat16 and float32 vectors
    of one model agree to a cosine of 0.9999. Nor are photographs, which an older index
    knows nothing of. The recorded one is returned, and the caller should encode as it says.

    Raises:
        IncompatibleIndex: Another model or dimension; the message says what the
            index has, what was offered and what to do.
    """
    if recorded is None:
        return offered
    if not recorded.same_models(offered) and not offered.extends(recorded):
        raise IncompatibleIndex(
            f"the index was made by {_describe(recorded)}, this service runs {_describe(offered)}; "
            "start with the recorded models, or point the service at another index folder and "
            "index the documents again",
            "fingerprint",
        )
    return recorded


def _describe(fingerprint: Fingerprint) -> str:
    space = "one space" if fingerprint.one_space else "two spaces"
    return (
        f"text model {fingerprint.text_model} ({fingerprint.text_dimension} dimensions), picture "
        f"model {fingerprint.image_model} ({fingerprint.image_dimension} dimensions), {space}"
    )
