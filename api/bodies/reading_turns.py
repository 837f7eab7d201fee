"""Large bodies are read one after another: whoever must wait too long is told to come back.

Sixteen bodies of 64 MiB that are read side by side take sixteen times as long each, hold sixteen
times the memory, and every step of everybody else's request waits for a piece of each of them.
Read in turn, the first is answered as if it were alone.

There is a lane for each order of size, so that a photograph does not wait for a batch. In a lane
clients take turns, whoever has many bodies in flight. Only the beginning is waited for: a body
that pauses lets the next one begin, and is read beside it when it goes on, which costs little
because it pauses. So a slow client neither holds up others nor is held up by them.
"""

import asyncio
from collections import OrderedDict, deque

from api.errors import Overloaded

KIB, MIB = 1024, 1024 * 1024
LANES_FROM_BYTES = (64 * KIB, 2 * MIB, 24 * MIB)
"""A body of more takes the lane; one of less than the first is read at once."""
PAUSE_S = 0.005
"""Without a byte for so long, a body is no longer read."""
LOOKS = 4
"""Rounds of the loop after that: where the loop was busy for so long the bytes may be there, unseen
until it has looked at its sockets and whoever waits for them has run."""


class Lane:
    """How many bodies of a size are being read, and those that wait to begin."""

    def __init__(self) -> None:
        self.reading = 0
        """Have begun and do not pause."""
        self._clients: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def begin(self, client: str, within_s: float) -> None:
        """Return when a body may begin.

        Raises:
            TimeoutError: It was not in time.
        """
        if not self.reading:
            self.reading = 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._clients.setdefault(client, deque()).append(turn)
        try:
            async with asyncio.timeout(within_s):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                # It was given the turn in the moment it stopped waiting.
                self.leave()
            turn.cancel()
            raise

    def enter(self) -> None:
        """Go on with a body that has begun."""
        self.reading += 1

    def leave(self) -> None:
        """End, or pause: who was the only one lets the next one begin."""
        self.reading -= 1
        while not self.reading and self._clients:
            client, waiting = self._clients.popitem(last=False)
            turn = waiting.popleft()
            if waiting:
                self._clients[client] = waiting
            if not turn.done():
                self.reading = 1
                turn.set_result(None)


class ReadingTurns:
    """The lanes of one replica."""

    def __init__(self) -> None:
        self.lanes = tuple(Lane() for _ in LANES_FROM_BYTES)
        self.refused = 0
        """Bodies whose turn did not come in time."""

    def body(self, client: str, declared_bytes: int, within_s: float) -> "ReadingTurn":
        """Return the turn of one body; nothing is taken before its first piece came.

        Args:
            client: Among whom turns go round.
            declared_bytes: What it says of its length; 0 if nothing.
            within_s: So long it waits for its first turn.
        """
        return ReadingTurn(self, client, declared_bytes, within_s)


class ReadingTurn:
    """One body's; a context at whose end the next body begins."""

    def __init__(
        self, turns: ReadingTurns, client: str, declared_bytes: int, within_s: float
    ) -> None:
        self._turns = turns
        self._client = client
        self._bytes = declared_bytes
        self._within_s = within_s
        self._received = 0
        self._lane: Lane | None = None
        self._has_begun = False
        self._pause: asyncio.Handle | None = None

    async def __aenter__(self) -> "ReadingTurn":
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.came()
        self._leave()

    def await_more(self) -> None:
        """Say that the next piece is waited for: if it takes long the next body may begin."""
        if self._lane is not None:
            loop = asyncio.get_running_loop()
            self._pause = loop.call_later(PAUSE_S, self._look_again, loop, LOOKS)

    def _look_again(self, loop: asyncio.AbstractEventLoop, left: int) -> None:
        if left:
            self._pause = loop.call_soon(self._look_again, loop, left - 1)
        else:
            self._leave()

    def came(self) -> None:
        """Say that the wait is over."""
        if self._pause is not None:
            self._pause.cancel()
            self._pause = None

    async def take(self, more_bytes: int) -> None:
        """Return when the piece that came may be worked on.

        Raises:
            Overloaded: Too many large bodies are before this one.
        """
        self._received += more_bytes
        size = max(self._bytes, self._received)
        number = sum(size > least for least in LANES_FROM_BYTES)
        lane = self._turns.lanes[number - 1] if number else None
        if lane is self._lane or lane is None:
            return
        self._leave()
        if self._has_begun:
            # Its length was not declared and has grown, or it paused.
            lane.enter()
        else:
            await self._begin(lane)
        self._lane = lane

    async def _begin(self, lane: Lane) -> None:
        try:
            await lane.begin(self._client, self._within_s)
        except TimeoutError:
            self._turns.refused += 1
            raise Overloaded("too many large bodies are being read; try again shortly") from None
        self._has_begun = True

    def _leave(self) -> None:
        if self._lane is not None:
            self._lane.leave()
            self._lane = None
