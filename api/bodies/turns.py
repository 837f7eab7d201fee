"""Long work gives way to what waits on the same event loop, and all of it takes turns.

However many bodies are read, parsed and looked at side by side, each round of the loop holds one
slice of such work: who asks for something small waits for a slice, not for one of each of them.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

LONGEST_S = 0.002
"""Of work in one go; the loop then looks at everything else that is ready."""


class Turns:
    """One long work, asked after each of its steps whether to give way.

    It does when its slice was long enough, and goes on when its turn comes.
    """

    def __init__(self) -> None:
        self._began_s = time.perf_counter()

    async def step(self) -> None:
        """Let others run if this slice has lasted long enough."""
        if time.perf_counter() - self._began_s > LONGEST_S:
            await _line().turn()
            self._began_s = time.perf_counter()


async def in_turns(work: Callable[[bytes], None], pieces: Iterable[bytes]) -> None:
    """Do the work on each piece when it is its turn; raises what the work raises.

    Args:
        work: Takes a fraction of a slice for each piece.
        pieces: In their order.
    """
    await _line().do(work, pieces)


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Work of many short steps: several of them make a slice."""

    work: Callable[[bytes], None]
    left: deque[bytes]
    done: asyncio.Future[None]

    def attempt(self) -> None:
        try:
            self.work(self.left.popleft())
        except Exception as error:
            self.done.set_exception(error)


class _Line:
    """Who waits for a slice, in the order they came: pieces, or a future that goes on."""

    def __init__(self) -> None:
        self._waiting: deque[_Pieces | asyncio.Future[None]] = deque()
        self._is_due = False
        self._is_used = False

    async def turn(self) -> None:
        """Return in a round of the loop that holds no other slice."""
        mine = asyncio.get_running_loop().create_future()
        self._join(mine)
        await mine

    async def do(self, work: Callable[[bytes], None], pieces: Iterable[bytes]) -> None:
        """Work on pieces, beside others' if they are short."""
        done = asyncio.get_running_loop().create_future()
        self._join(_Pieces(work, deque(pieces), done))
        await done

    def _join(self, waiting: "_Pieces | asyncio.Future[None]") -> None:
        self._waiting.append(waiting)
        if not self._is_due:
            self._is_due = True
            loop = asyncio.get_running_loop()
            loop.call_soon(self._round, loop)

    def _round(self, loop: asyncio.AbstractEventLoop) -> None:
        ends_s = time.perf_counter() + LONGEST_S
        # A future that was given its turn has used this round.
        is_over, self._is_used = self._is_used and isinstance(self._first(), _Pieces), False
        while self._waiting and not is_over:
            first = self._waiting.popleft()
            if isinstance(first, _Pieces):
                is_over = self._work_on(first, ends_s)
            elif not first.done():
                # The whole of the next round's: nobody knows how much of it will be used.
                first.set_result(None)
                is_over = self._is_used = True
        self._is_due = bool(self._waiting)
        if self._is_due:
            loop.call_soon(self._round, loop)

    def _first(self) -> "_Pieces | asyncio.Future[None] | None":
        return self._waiting[0] if self._waiting else None

    def _work_on(self, pieces: _Pieces, ends_s: float) -> bool:
        """Do at least one piece; return whether the slice is over."""
        while pieces.left and not pieces.done.done():
            pieces.attempt()
            if time.perf_counter() > ends_s:
                break
        if pieces.left and not pieces.done.done():
            self._waiting.append(pieces)
        elif not pieces.done.done():
            pieces.done.set_result(None)
        return time.perf_counter() > ends_s


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()


def _line() -> _Line:
    loop = asyncio.get_running_loop()
    line = _lines.get(loop)
    if line is None:
        line = _lines[loop] = _Line()
    return line
