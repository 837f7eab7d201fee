"""What every route takes from the application: the backend and the present limits."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.backend import Backend
from api.limits import RequestLimits


@dataclass(slots=True)
class Context:
    """Held by the application; ``limits`` is replaced when the settings change."""

    backend: Backend
    limits: RequestLimits


def _context(request: Request) -> Context:
    return request.app.state.context


Ctx = Annotated[Context, Depends(_context)]
