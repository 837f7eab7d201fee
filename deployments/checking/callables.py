"""What a configuration names to be called: imported, and looked at as Serve will use it.

Serve finds out in its controller or in a replica, minutes later or never.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from inspect import isclass, signature
from typing import Any, get_type_hints

from ray._common.utils import import_module_and_attr
from ray.actor import ActorClass
from ray.serve._private.request_router.request_router import RequestRouter

from deployments.autoscaling import SloPolicy
from deployments.checking import importable, strict_schema
from deployments.checking.finding import Finding, Place, unknown_key
from reliability.errors import UnreachableGoal
from reliability.scaling.policy import ScalingGoal


class Unusable(ValueError):
    """The path names nothing that Serve could use; the message says why."""


def path(value: Any, place: Place) -> Iterator[Finding]:
    """Yield why an import path leads to nothing; nothing is imported."""
    try:
        problem = importable.problem(value)
    except importable.NoModule as error:
        problem = str(error)
    if problem:
        yield Finding(place, problem)


def servicers(value: list[str], place: Place) -> Iterator[Finding]:
    """Yield functions that cannot add a servicer to a server of gRPC."""
    for index, each in enumerate(value):
        yield from _named(
            each, (*place, index), lambda found: _takes(found, "a servicer, a server")
        )


def router(value: str, place: Place) -> Iterator[Finding]:
    """Yield why a class does not route requests."""
    yield from _named(value, place, _is_router)


def actor(value: str, place: Place) -> Iterator[Finding]:
    """Yield why a class cannot be an actor."""
    yield from _named(value, place, _is_actor)


def policy(value: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    """Yield why a deployment's policy cannot be asked, or reads none of its arguments."""
    yield from _policy(value, place, _is_policy)


def policy_of_all(value: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    """Yield the same of a policy for all deployments of an application at once."""
    yield from _policy(value, place, _is_policy_of_all)


def _policy(
    value: Mapping[str, Any], place: Place, check: Callable[[Any], None]
) -> Iterator[Finding]:
    named, arguments = value.get("policy_function"), value.get("policy_kwargs") or {}
    here = (*place, "policy_kwargs")
    if not named:
        if arguments:
            yield Finding(here, "nothing reads them: Serve's own policy is no class")
        return
    found = list(_named(named, (*place, "policy_function"), check))
    yield from found
    if not found:
        yield from _arguments(_imported(named), arguments, here)


def _arguments(function: Any, arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    if function is SloPolicy:
        yield from _goal(arguments, place)
    elif not isclass(function):
        if arguments:
            yield Finding(place, "nothing reads them: they are for a class, and this is a function")
    else:
        try:
            signature(function).bind(**arguments)
        except (TypeError, ValueError) as error:
            yield Finding(place, str(error))


def _goal(arguments: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    known = get_type_hints(ScalingGoal)
    for key, item in arguments.items():
        here = (*place, key)
        if key not in known:
            yield unknown_key(here, known)
        elif found := list(strict_schema.of_type(item, known[key], here, {})):
            yield from found
        else:
            try:
                ScalingGoal(**{key: item})
            except UnreachableGoal as error:
                yield Finding(here, str(error))


def _named(value: str, place: Place, check: Callable[[Any], None]) -> Iterator[Finding]:
    module = value.replace(":", ".").partition(".")[0]
    if module in sys.stdlib_module_names:
        text = f"{module} is a module of Python's own: nothing in it was written for Serve"
        yield Finding(place, text)
        return
    if found := list(path(value, place)):
        yield from found
        return
    try:
        check(_imported(value))
    except Exception as error:  # its own module's, which runs here for the first time
        yield Finding(place, str(error) or type(error).__name__)


def _imported(value: str) -> Any:
    return import_module_and_attr(value)[1]


def _is_policy(found: Any) -> None:
    if isclass(found):
        if not any("__call__" in vars(base) for base in found.__mro__):
            raise Unusable(f"what {found.__name__} makes cannot be called")
        found = found.__call__
        _takes(found, "itself, a context")
    else:
        _takes(found, "a context")


def _is_policy_of_all(found: Any) -> None:
    if found is SloPolicy:
        raise Unusable(
            "SloPolicy decides for one deployment: it belongs in autoscaling_config.policy"
        )
    _is_policy(found)


def _takes(found: Any, what: str) -> None:
    if not callable(found):
        raise Unusable("what it names is no function and no class")
    try:
        signature(found).bind(*what.split(", "))
    except (TypeError, ValueError) as error:
        raise Unusable(f"is called with {what} as argument, and {error}") from error


def _is_router(found: Any) -> None:
    if not (isclass(found) and issubclass(found, RequestRouter)):
        raise Unusable("is no class made from Serve's RequestRouter")


def _is_actor(found: Any) -> None:
    if not isclass(found) and not isinstance(found, ActorClass):
        raise Unusable("is no class")
