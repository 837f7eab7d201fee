"""Unknown and doubled names among the outermost members of a large body, found while it comes in.

A body of many megabytes that is refused for a name in its first line need not be read. A small one
is read to its end, so that all its mistakes are told together.
"""

import re

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

from api.bodies.json_shape import Borders
from api.errors import BadRequest, at

SHOWN_BYTES = 80
_SOMETHING = re.compile(rb"[^ \t\r\n]")


def known_names(model: object) -> frozenset[str] | None:
    """Return the members that a body may have; None where a model takes others too."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return None
    if model.model_config.get("extra") != "forbid":
        return None
    return frozenset(field.alias or name for name, field in model.model_fields.items())


class OutermostNames:
    """Looks at each name once; one that is written with escapes is left to the parser.

    Args:
        known: The names that a body may have.
    """

    def __init__(self, known: frozenset[str]) -> None:
        self._known = {name.encode() for name in known}
        self._longest = max(map(len, self._known), default=0)
        self._seen: set[bytes] = set()
        self._arrays_seen = 0
        self._has_begun = False
        self._places = [0]
        """Before what is looked for next: the object's bracket, then names."""

    def look(self, body: bytearray, borders: Borders) -> None:
        """Look at what came since the last time.

        Args:
            body: All that came.
            borders: Where its members end.

        Raises:
            BadRequest, RequestValidationError: No object, or a member that may not be there.
        """
        for commas in borders.commas_1[self._arrays_seen :]:
            self._places += (commas + 1).tolist()
        self._arrays_seen = len(borders.commas_1)
        places, self._places = self._places, []
        for place in places:
            begin = _after_space(body, place)
            if begin == len(body):
                self._places.append(begin)
            elif self._has_begun:
                self._look_at(body, begin)
            else:
                self._begin(body, begin)

    def _begin(self, body: bytearray, begin: int) -> None:
        if body[begin : begin + 1] != b"{":
            raise BadRequest("body: a JSON object is expected", None, at("body"))
        self._has_begun = True
        first = _after_space(body, begin + 1)
        if first == len(body):
            self._places.append(first)
        else:
            self._look_at(body, first)

    def _look_at(self, body: bytearray, begin: int) -> None:
        if body[begin : begin + 1] != b'"':
            # No JSON: the parser says where.
            return
        most = begin + 1 + self._longest
        end = body.find(b'"', begin + 1, most + 1)
        name = bytes(body[begin + 1 : end if end >= 0 else most + 1])
        if b"\\" in name:
            return
        if end < 0 and len(body) <= most:
            self._places.append(begin)
        elif end < 0 or name not in self._known:
            raise _unknown(bytes(body[begin + 1 : begin + 1 + SHOWN_BYTES]))
        elif name in self._seen:
            text = name.decode()
            message = f"the body has two members of one name: {text!r}"
            raise BadRequest(message, "duplicate_key", at("body", text))
        else:
            self._seen.add(name)


def _after_space(body: bytearray, begin: int) -> int:
    """Return the place of the next character that is no space; the body's end if none is."""
    found = _SOMETHING.search(body, begin)
    return len(body) if found is None else found.start()


def _unknown(begin: bytes) -> RequestValidationError:
    name = begin.partition(b'"')[0].decode(errors="replace")
    message = "Extra inputs are not permitted"
    problem = {"type": "extra_forbidden", "loc": ("body", name), "msg": message, "input": None}
    return RequestValidationError([problem], body={})
