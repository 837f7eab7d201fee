"""What a `runtime_env` may hold, and names that anybody may choose but one letter off ours."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ray.runtime_env import RuntimeEnv, RuntimeEnvConfig

from deployments.checking.finding import Finding, Place, kind_of, one_letter_apart, unknown_key

VARIABLES = (
    "RELEASE",
    "FORWARDED_ALLOW_IPS",
    "LANCE_CPU_THREADS",
    "LANCE_IO_THREADS",
    "OMP_NUM_THREADS",
    "PYTHONPATH",
    "HF_HOME",
    "HF_HUB_OFFLINE",
    "CUDA_VISIBLE_DEVICES",
)
"""That this service, its documents or its libraries know; any other name is somebody's own."""
STORAGE_OPTIONS = (
    "region",
    "endpoint",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "aws_region",
    "aws_endpoint",
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "allow_http",
    "virtual_hosted_style_request",
    "account_name",
    "account_key",
    "service_account",
    "timeout",
    "connect_timeout",
)
"""Lance's names for object storage; there are more."""
PEERS = "FORWARDED_ALLOW_IPS"
"""Whom uvicorn believes; nothing but HAProxy is its peer."""
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
TEXTS = ("py_executable", "image_uri")
LOCAL = ("working_dir", "py_modules")
"""Serve's own models look at these."""


def near_misses(names: Iterable[Any], known: Iterable[str], place: Place) -> Iterator[Finding]:
    """Yield every name that is one letter off a known one: nobody chooses such a name."""
    words = tuple(known)
    for name in names:
        if name in words:
            continue
        near = next((word for word in words if one_letter_apart(str(name), word)), None)
        if near is not None:
            yield Finding((*place, str(name)), f"unknown name; did you mean {near}?")


def runtime_env(value: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    """Yield what is wrong with a runtime environment: Ray ignores keys that it does not know."""
    good = {}
    for key, item in value.items():
        here = (*place, str(key))
        found = []
        if key not in RuntimeEnv.known_fields:
            found = [unknown_key(here, _public(RuntimeEnv.known_fields))]
        elif key in TEXTS and not isinstance(item, str):
            found = [Finding(here, f"should be text, not {kind_of(item)}")]
        elif key == "env_vars":
            found = list(_variables(item, here))
        elif key == "config" and isinstance(item, Mapping):
            known = RuntimeEnvConfig.known_fields
            found = [unknown_key((*here, str(each)), known) for each in item if each not in known]
        yield from found
        if not found and key not in LOCAL:
            good[key] = item
    yield from _as_ray_takes_it(good, place)


def _as_ray_takes_it(good: Mapping[str, Any], place: Place) -> Iterator[Finding]:
    try:
        environment = RuntimeEnv(**good)
        if "config" in good:
            RuntimeEnvConfig.parse_and_validate_runtime_env_config(environment["config"])
    except (ValueError, TypeError) as error:
        named = [key for key in good if key in str(error)]
        yield Finding((*place, *named[:1]), str(error)[:300])
    except Exception as error:  # plugins may raise anything; none may end the check
        yield Finding(place, f"{type(error).__name__}: {error}"[:300])


def _variables(value: Any, place: Place) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        yield Finding(place, f"should hold names and values, not {kind_of(value)}")
        return
    for name, item in value.items():
        if not isinstance(item, str):
            said = f"a variable is text: put it in quotes (here {kind_of(item)})"
            yield Finding((*place, str(name)), said)
        elif not NAME.fullmatch(str(name)):
            yield Finding((*place, str(name)), f"{name!r} is no name of a variable")
        elif "\0" in item:
            yield Finding((*place, str(name)), "ends at its first character of code 0")
    if value.get(PEERS) not in (None, ""):
        text = (
            "should stay empty: clients would choose their own address by X-Forwarded-For; "
            "args.identity.trusted_proxies names proxies"
        )
        yield Finding((*place, PEERS), text)
    yield from near_misses(value, VARIABLES, place)


def _public(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith("_")]
