"""How much memory the bodies in flight may take: all of them together, and those of one client.

A body is held until its answer was sent, and not only as it came: its strings, its decoded
pictures and what is sent on to other deployments are copies. So it counts several times.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from api.errors import ApiError, Overloaded, RateLimited

SMALL_BYTES = 64 * 1024
"""Bodies of up to so many are always admitted; how many there are is bounded elsewhere."""
COPIES = 3
"""Of a body in memory: as it came, as it was parsed, and what is made of it."""
WIDE_COPIES = 6
"""Of a body with characters beyond ASCII: Python may keep four bytes for each of a string's."""


class BodyAccount:
    """The bytes in flight of one replica, by client."""

    def __init__(self) -> None:
        self.held_bytes = 0
        """Of memory, as far as bodies have come in."""
        self.refused = {"client": 0, "all": 0}
        """Bodies for which there was no room, by whose."""
        self._clients: dict[str, int] = {}

    @contextmanager
    def open(self, client: str, is_text: bool) -> Iterator["Holding"]:
        """Account for one body, text or files, until the end of the block."""
        holding = Holding(self, client, is_text)
        try:
            yield holding
        finally:
            self.held_bytes -= holding.held_bytes
            self._promise(client, -holding.promised_bytes)

    def of_client(self, client: str) -> int:
        """Return what a client's bodies hold, or will when they have come in."""
        return self._clients.get(client, 0)

    def _promise(self, client: str, more_bytes: int) -> None:
        left = self._clients.get(client, 0) + more_bytes
        if left:
            self._clients[client] = left
        else:
            # Clients are as many as there are keys and addresses.
            self._clients.pop(client, None)


class Holding:
    """One body's part of the account."""

    def __init__(self, account: BodyAccount, client: str, is_text: bool) -> None:
        self.held_bytes = 0
        self.promised_bytes = 0
        """Of the client's share: what was declared, or came without a word before."""
        self._account = account
        self._client = client
        self._may_be_wide = is_text
        self._received = 0
        self._copies = COPIES

    def expect(self, declared: int, most: int, most_per_client: int) -> None:
        """Take a client's share for a body that says how long it is; nothing came yet.

        Raises:
            ApiError: No room for it now.
        """
        if declared <= SMALL_BYTES:
            return
        self._promise(declared * self._copies, most_per_client)
        if self._account.held_bytes + declared * self._copies > most and self._account.held_bytes:
            raise self._no_room()

    def receive(self, chunk: bytes, most: int, most_per_client: int) -> None:
        """Account for what came.

        Raises:
            ApiError: No room for it.
        """
        self._received += len(chunk)
        if self._may_be_wide and (not chunk.isascii() or b"\\u" in chunk):
            self._copies, self._may_be_wide = WIDE_COPIES, False
        if self._received <= SMALL_BYTES:
            return
        account, needed = self._account, self._received * self._copies
        others = account.held_bytes - self.held_bytes
        account.held_bytes += needed - self.held_bytes
        self.held_bytes = needed
        self._promise(needed, most_per_client)
        if others and account.held_bytes > most:
            raise self._no_room()

    def _promise(self, needed: int, most_per_client: int) -> None:
        if needed <= self.promised_bytes:
            return
        account = self._account
        others = account.of_client(self._client) - self.promised_bytes
        account._promise(self._client, needed - self.promised_bytes)
        self.promised_bytes = needed
        if others and others + needed > most_per_client:
            account.refused["client"] += 1
            raise RateLimited(
                f"this client's bodies in flight need more than {most_per_client} bytes of "
                "memory; wait for the answers to those before",
                "too_many_body_bytes",
            )

    def _no_room(self) -> ApiError:
        self._account.refused["all"] += 1
        return Overloaded("too many large bodies are in flight; try again shortly")
