"""One call to another deployment: a deadline round it, its errors as the HTTP side knows them."""

import asyncio
from functools import lru_cache
from typing import Any

import grpc
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayTaskError
from ray.serve.exceptions import BackPressureError, DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle

from api.answers.errors import told_by
from api.errors import DeadlineExceeded, Overloaded, Unavailable
from deployments.batching.batch import BatcherClosed, QueueFull, WorkerDied
from deployments.calls.envelope import Envelope
from deployments.calls.hedges import AFTER_S, SHARE_OF_DEADLINE, HedgeBudget, hedged
from reliability.deadline import left_s
from retrieval.errors import WriterReplaced
from sustainability.work import not_working
from telemetry.context import current

PLAIN = "pickle"
REPLACED_S = 0.5
REPLICA_LOST = (ActorDiedError, ActorUnavailableError, BatcherClosed, WorkerDied)


async def call(
    handle: DeploymentHandle,
    method: str,
    *args: Any,
    within_s: float,
    hedges: HedgeBudget | None = None,
) -> Any:
    """Call a method that may be repeated; once more where its replica died meanwhile.

    With ``hedges`` it may also run twice at once: another replica is asked where the first one
    keeps silent.

    Takes at most ``within_s``, or what the request has left where that is nearer: nobody
    waits for what comes after. Cancelling it cancels the call downstream. The callee learns
    whose request it is and how long it may take.

    Raises:
        DeadlineExceeded, Overloaded, Unavailable: What happened to the call; the callee's
            own errors pass through.
    """
    deadline_s = left_s(within_s)
    try:
        # While the callee works, this process' seconds are other requests'.
        with not_working():
            async with asyncio.timeout(deadline_s):
                envelope = Envelope(current(), deadline_s)
                if hedges is None:
                    return await _attempt(handle, method, args, envelope)
                after_s = min(AFTER_S, SHARE_OF_DEADLINE * deadline_s)
                return await hedged(
                    lambda: _attempt(handle, method, args, envelope), hedges, after_s
                )
    except TimeoutError:
        raise DeadlineExceeded(
            f"{handle.deployment_name} did not answer within {deadline_s:g} s"
        ) from None


async def _attempt(
    handle: DeploymentHandle, method: str, args: tuple[Any, ...], envelope: Envelope
) -> Any:
    try:
        return await _translated(handle, method, args, envelope)
    except (Unavailable, WriterReplaced) as error:
        # A replica died with the request in its hands. All our calls may be repeated,
        # and the router no longer offers the dead one.
        if isinstance(error, WriterReplaced):
            # The older of two writers is on its way out; the router hears of it in a moment.
            await asyncio.sleep(REPLACED_S)
        return await _translated(handle, method, args, envelope)


async def _translated(
    handle: DeploymentHandle, method: str, args: tuple[Any, ...], envelope: Envelope
) -> Any:
    name = handle.deployment_name
    try:
        return await _bound(handle, method).remote(*args, envelope=envelope)
    except RayTaskError as error:
        cause = error.cause if isinstance(error.cause, Exception) else error
        raise _as_api_error(cause, name) from None
    except Exception as error:
        translated = _as_api_error(error, name)
        if translated is error:
            raise
        raise translated from error


@lru_cache(maxsize=256)
def _bound(handle: DeploymentHandle, method: str) -> DeploymentHandle:
    """Return a handle of one method; Serve makes a new one each time it is named.

    What travels between deployments is ours, classes of modules, so that the plain pickler can
    carry it: Serve's default asks Python about every object.
    """
    return handle.options(
        method_name=method, request_serialization=PLAIN, response_serialization=PLAIN
    )


def _as_api_error(error: Exception, name: str) -> Exception:
    if isinstance(error, ExceptionGroup):
        # Somebody let a group through: each of its errors has a meaning of its own.
        return told_by(ExceptionGroup("", [_as_api_error(one, name) for one in error.exceptions]))
    if isinstance(error, BackPressureError | QueueFull):
        return Overloaded(f"{name} has a full queue; try again shortly")
    if isinstance(error, DeploymentUnavailableError):
        return Unavailable(f"{name} is not deployed or failed to start")
    if isinstance(error, REPLICA_LOST):
        return Unavailable(f"{name} is restarting")
    if isinstance(error, grpc.RpcError):
        return Unavailable(f"{name} could not be reached")
    return error
