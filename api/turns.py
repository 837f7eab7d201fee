"""Long work gives way to what waits on the same event loop."""

import asyncio
import time

LONGEST_S = 0.004
"""Of work in one go; the loop then looks at everything else that is ready."""


class Turns:
    """Asked after each step of long work whether to give way, it does when it was long enough."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()

    async def step(self) -> None:
        """Let others run if this turn has lasted long enough."""
        if time.monotonic() - self._began_s > LONGEST_S:
            await asyncio.sleep(0)
            self._began_s = time.monotonic()
