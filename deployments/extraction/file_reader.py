"""Files to texts: texts at once, everything else in a process that is gone afterwards.

Why a process for each file: docs/decisions/0047-files-in-processes.md.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from deployments.encoding.fair_turns import FairTurns
from deployments.extraction.reading_process import ReadingProcess
from retrieval.characters import has_visible
from retrieval.extraction.errors import FileTooLarge, NoText
from retrieval.extraction.extracted import Extracted
from retrieval.extraction.kinds import FileKind, kind_of
from retrieval.extraction.plain_text import read_text
from retrieval.extraction.wire import ReadingOrder

MIB = 1 << 20
MOST_BYTES_A_CHARACTER = 4


@dataclass(frozen=True, slots=True)
class ReadingBounds:
    """What reading one file may take."""

    max_bytes: int = 32 * MIB
    max_characters: int = 4_000_000
    """Of its text; what is stored has a bound of its own."""
    max_cpu_s: int = 5
    max_memory_bytes: int = 448 * MIB
    """Address space of the process."""
    max_wall_s: float = 9.0


class FileReader:
    """Reads files for many clients, a few at a time, each client in turn.

    Args:
        at_once: Processes at a time.
        spent: Is told the CPU seconds of each process.
    """

    def __init__(
        self,
        at_once: int = 2,
        bounds: ReadingBounds | None = None,
        spent: Callable[[float], None] = lambda cpu_s: None,
    ) -> None:
        self.bounds = bounds or ReadingBounds()
        self._turns = FairTurns(at_once)
        self._spent = spent

    async def read(self, data: bytes, name: str = "", client: str = "") -> Extracted:
        """Return the text of a file; its content decides what it is.

        Cancelling it ends the work at once.

        Args:
            name: Of the file, which tells Markdown that begins with a tag from a page.

        Raises:
            UnreadableFile: Nothing can be had of it; the message says why.
        """
        if len(data) > self.bounds.max_bytes:
            raise FileTooLarge(f"the file has more than {self.bounds.max_bytes} bytes")
        kind = kind_of(data, name)
        if kind == "text":
            if len(data) > MOST_BYTES_A_CHARACTER * self.bounds.max_characters:
                raise FileTooLarge(
                    f"the text has more than {self.bounds.max_characters} characters"
                )
            return await asyncio.to_thread(read_text, data)
        read = await self._in_turn(kind, data, client)
        if not has_visible(read.text):
            raise NoText("the file has no text that one can read")
        return read

    async def _in_turn(self, kind: FileKind, data: bytes, client: str) -> Extracted:
        bounds = self.bounds
        order = ReadingOrder(kind, bounds.max_characters, bounds.max_cpu_s, bounds.max_memory_bytes)
        async with self._turns.turn(client):
            return await self._in_process(order, data)

    async def _in_process(self, order: ReadingOrder, data: bytes) -> Extracted:
        process = ReadingProcess()
        try:
            async with asyncio.timeout(self.bounds.max_wall_s):
                return await process.read(order, data)
        except TimeoutError:
            message = f"reading the file takes longer than {self.bounds.max_wall_s:g} s"
            raise FileTooLarge(message) from None
        finally:
            self._spent(await asyncio.shield(asyncio.to_thread(process.close)))
