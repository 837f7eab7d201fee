"""XML read as events by the standard library's expat; a document type, and so every entity, is
refused."""

from collections.abc import Callable
from xml.parsers import expat

from retrieval.extraction.errors import BrokenFile

MOST_DEPTH = 1_000
Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


def parse_xml(
    data: bytes,
    start: Start,
    end: End = lambda name: None,
    text: Callable[[str], None] = lambda words: None,
) -> None:
    """Tell of each element and text; names are `namespace local`.

    Raises:
        BrokenFile: It is no XML, has a document type, or is nested too deeply.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise BrokenFile(f"its XML is nested more than {MOST_DEPTH} deep")
        start(name, attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        if isinstance(error, BrokenFile):
            raise
        raise BrokenFile(f"its XML cannot be read: {error}") from None


def attribute(attributes: dict[str, str], local: str) -> str:
    """Return an attribute by its local name, in whatever namespace; empty if there is none."""
    for name, value in attributes.items():
        if name.rpartition(" ")[2] == local:
            return value
    return ""


def _refuse(*_: object) -> None:
    raise BrokenFile("its XML has a document type, by which entities are made: that is not read")
