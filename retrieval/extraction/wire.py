"""What a reading process is asked and answers: lengths, then JSON; nothing is unpickled."""

import json
import struct
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from retrieval.extraction.errors import KINDS_OF_REFUSAL, BrokenFile, UnreadableFile
from retrieval.extraction.extracted import Extracted, ReadingWarning
from retrieval.extraction.kinds import FileKind
from retrieval.passages.sections import Section, check_sections

JOB = struct.Struct("<II")
"""Bytes of the order and of the file, which follow."""
ANSWER = struct.Struct("<I")
"""Bytes of JSON that follow."""
MOST_ANSWER_BYTES = 64 << 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReadingOrder:
    """What to read, and within which bounds."""

    kind: FileKind
    max_characters: int
    max_cpu_s: int
    max_memory_bytes: int

    def packed(self) -> bytes:
        """Return it for the way to a process."""
        return json.dumps(asdict(self)).encode()


def order_of(packed: bytes) -> ReadingOrder:
    """Return what was packed."""
    return ReadingOrder(**json.loads(packed))


def packed_answer(result: Extracted | UnreadableFile) -> bytes:
    """Return an answer for the way back."""
    if isinstance(result, UnreadableFile):
        return json.dumps({"error": [type(result).__name__, result.message]}).encode()
    return json.dumps(
        {
            "text": result.text,
            "sections": [[each.start, each.page, each.heading] for each in result.sections],
            "warnings": [[each.code, each.message] for each in result.warnings],
        }
    ).encode("utf-8", "surrogatepass")


def answer_of(packed: bytes) -> Extracted:
    """Return what was read, checked: a process that a file has taken over may say anything.

    Raises:
        UnreadableFile: As the process says.
    """
    try:
        answer = json.loads(packed)
        if "error" in answer:
            raise _error(answer["error"])
        return _extracted(answer)
    except UnreadableFile:
        raise
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BrokenFile("reading the file ends in an answer that is none") from None


def _error(told: list[str]) -> UnreadableFile:
    name, message = map(str, told)
    return KINDS_OF_REFUSAL.get(name, BrokenFile)(message[:500])


def _extracted(answer: dict[str, Any]) -> Extracted:
    text = _of(str, answer["text"])
    sections = tuple(
        Section(
            _of(int, start),
            None if page is None else _of(int, page),
            None if heading is None else _of(str, heading),
        )
        for start, page, heading in answer["sections"]
    )
    check_sections(sections, len(text))
    warnings = tuple(
        ReadingWarning(_of(str, code), _of(str, message)) for code, message in answer["warnings"]
    )
    return Extracted(text, sections, warnings)


def _of(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError
    return value
