"""A deployment's method as the rest of the graph calls it: in its caller's request, measured."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from deployments.calls.envelope import Envelope
from deployments.replica.base import Replica

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class HasReplica(Protocol):
    """A deployment that `observed` methods belong to."""

    replica: Replica


Owner = TypeVar("Owner", bound=HasReplica)


def observed(
    method: Callable[Concatenate[Owner, Arguments], Awaitable[Result]],
) -> Callable[Concatenate[Owner, Arguments], Awaitable[Result]]:
    """Enter the caller's request and deadline, count the call and how long it took.

    The envelope is the keyword ``envelope``, put there by ``deployments.calls.call.call``;
    without one (a batch job's own handle) the method works all the same.
    """

    @wraps(method)
    async def entered(self: Owner, *args, envelope: Envelope | None = None, **kwargs) -> Result:
        with self.replica.call(method.__name__, envelope):
            return await method(self, *args, **kwargs)

    return entered  # pyright: ignore[reportReturnType]  (the envelope is nobody else's business)
