"""Which paragraph styles of a DOCX are headings: by their outline level, name, or what they are
based on."""

import re
from dataclasses import dataclass

from retrieval.extraction.xml_events import attribute, parse_xml

_NAMES = re.compile(r"(?:heading|title|titre|titel|überschrift|título|titolo)\s*[1-9]?$", re.I)
MOST_STEPS = 20
"""From a style to the one that it is based on."""
BODY_LEVEL = 9
"""Outline levels run from 0 to 8; this one says: no heading."""


@dataclass(slots=True)
class _Style:
    name: str = ""
    based_on: str = ""
    level: int | None = None


def heading_styles(styles: bytes) -> frozenset[str]:
    """Return the ids of styles that are headings.

    Raises:
        BrokenFile: It is no XML.
    """
    found: dict[str, _Style] = {}
    current = _Style()

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal current
        value = attribute(attributes, "val")
        match name.rpartition(" ")[2]:
            case "style":
                current = found.setdefault(attribute(attributes, "styleId"), _Style())
            case "name":
                current.name = value
            case "basedOn":
                current.based_on = value
            case "outlineLvl":
                current.level = level_of(value)
            case _:
                pass

    parse_xml(styles, start)
    return frozenset(id for id in found if _is_heading(id, found))


def level_of(value: str) -> int:
    """Return an outline level; what is none is no heading."""
    return int(value) if value.isascii() and value.isdigit() else BODY_LEVEL


def _is_heading(id: str, styles: dict[str, _Style]) -> bool:
    for _ in range(MOST_STEPS):
        style = styles.get(id)
        if style is None:
            return False
        if style.level is not None:
            return style.level < BODY_LEVEL
        if _NAMES.match(style.name):
            return True
        id = style.based_on
    return False
