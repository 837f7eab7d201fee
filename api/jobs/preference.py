"""What a client prefers of a write: an answer at once, or to wait so long (RFC 7240)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Header

ASYNC, WAIT = "respond-async", "wait"
_SECONDS = re.compile(r"[0-9]{1,6}")

PreferHeader = Annotated[
    str | None,
    Header(
        description="`respond-async`: the write becomes a job at once. `wait=20`: it does where it "
        "is expected to take more than 20 s. What else is preferred is ignored; "
        "`Preference-Applied` says what was not",
        examples=["respond-async"],
    ),
]


@dataclass(frozen=True, slots=True)
class Preference:
    """What of a Prefer header is understood."""

    at_once: bool = False
    wait_s: float | None = None

    @property
    def applied(self) -> str:
        """Return the value of Preference-Applied; empty where there is nothing to say."""
        told = [ASYNC] if self.at_once else []
        told += [] if self.wait_s is None else [f"{WAIT}={self.wait_s:g}"]
        return ", ".join(told)


def preference_of(fields: Sequence[str]) -> Preference:
    """Return the preference of all Prefer fields; of two of one name the first counts."""
    found: dict[str, str] = {}
    for preference in ",".join(fields).split(","):
        name, _, value = preference.partition(";")[0].partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    wait = found.get(WAIT, "")
    return Preference(ASYNC in found, float(wait) if _SECONDS.fullmatch(wait) else None)
