"""A document against pydantic models, more strictly than they are: unknown keys at every level,
no number in quotes, no truth for a number.

What is known follows from the models themselves, so that it is as new as the library that
brings them. Their own validators are asked too, for what they say of several values at once.
"""

import json
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from enum import Enum
from functools import cache
from inspect import isclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from deployments.checking.finding import Finding, Place, kind_of, meant, unknown_key

FieldRule = Callable[[Any, Place], Iterator[Finding]]
FieldRules = Mapping[tuple[type[BaseModel], str], FieldRule]
"""More to be said of a model's field, told in its own words instead of those of its type."""
UNIONS = (Union, UnionType)
MAPPINGS = (dict, Mapping)
LISTS = (list, tuple, set, frozenset, Sequence)


def faults(
    value: Any, model: type[BaseModel], place: Place, rules: FieldRules
) -> Iterator[Finding]:
    """Yield everything that does not fit a model, from the inside out."""
    if not isinstance(value, Mapping):
        yield Finding(place, f"should hold keys and values, not {kind_of(value)}")
        return
    known = _fields(model)
    good: dict[str, Any] = {}
    broken: set[str] = set()
    for key, item in value.items():
        here = (*place, str(key))
        if key not in known:
            yield unknown_key(here, known)
            continue
        found = list(of_type(item, known[key].annotation, here, rules, tuple(known[key].metadata)))
        if not found and (rule := rules.get((model, key))):
            found = list(rule(item, here))
        yield from found
        if found:
            broken.add(key)
        else:
            good[key] = item
    yield from _as_a_whole(good, model, place, broken)


def of_type(
    value: Any, annotation: Any, place: Place, rules: FieldRules, bounds: tuple[Any, ...] = ()
) -> Iterator[Finding]:
    """Yield everything that does not fit a type with its bounds."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        yield from of_type(value, inner[0], place, rules, (*bounds, *inner[1:]))
    elif origin in UNIONS:
        yield from _of_union(value, annotation, place, rules, bounds)
    elif isclass(annotation) and issubclass(annotation, BaseModel):
        yield from faults(value, annotation, place, rules)
    elif annotation in MAPPINGS or origin in MAPPINGS:
        yield from _of_mapping(value, inner, place, rules)
    elif annotation in LISTS or origin in LISTS:
        yield from _of_list(value, inner, place, rules)
    elif annotation is not Any:
        yield from _of_leaf(value, annotation, place, bounds)


def _of_union(
    value: Any, annotation: Any, place: Place, rules: FieldRules, bounds: tuple[Any, ...]
) -> Iterator[Finding]:
    members = get_args(annotation)
    if value is None and NoneType in members:
        return
    models = [each for each in members if isclass(each) and issubclass(each, BaseModel)]
    others = [each for each in members if each is not NoneType and each not in models]
    if models:
        # Serve's `Dict | Model` lets every mapping through; the model says what it reads of it.
        yield from faults(value, models[0], place, rules)
    elif len(others) == 1:
        yield from of_type(value, others[0], place, rules, bounds)
    else:
        yield from _of_leaf(value, annotation, place, bounds)


def _of_mapping(
    value: Any, inner: tuple[Any, ...], place: Place, rules: FieldRules
) -> Iterator[Finding]:
    if not isinstance(value, Mapping):
        yield Finding(place, f"should hold keys and values, not {kind_of(value)}")
    elif len(inner) == 2:
        for key, item in value.items():
            yield from of_type(key, inner[0], (*place, str(key)), rules)
            yield from of_type(item, inner[1], (*place, str(key)), rules)


def _of_list(
    value: Any, inner: tuple[Any, ...], place: Place, rules: FieldRules
) -> Iterator[Finding]:
    if not isinstance(value, list | tuple):
        yield Finding(place, f"should be a list, not {kind_of(value)}")
    elif inner:
        for index, item in enumerate(value):
            yield from of_type(item, inner[0], (*place, index), rules)


def _of_leaf(
    value: Any, annotation: Any, place: Place, bounds: tuple[Any, ...]
) -> Iterator[Finding]:
    try:
        # As JSON, since that is what Serve is told: there an enumeration is its text.
        _adapter(annotation, bounds).validate_json(json.dumps(value), strict=True)
    except (TypeError, RecursionError):
        # The document's part says what YAML made of it.
        yield Finding(place, f"is nothing that JSON knows, but a {type(value).__name__}")
    except ValidationError as error:
        said = dict.fromkeys(_said(each) for each in error.errors())
        text = " or ".join(said)
        if not any(word in text for word in ("Got ", "not ")):
            text += f", not {_shown(value, annotation)}"
        yield Finding(place, text + meant(value, choices(annotation)))


def choices(annotation: Any) -> list[str]:
    """Return the words that a type allows, none where it allows others too."""
    if isclass(annotation) and issubclass(annotation, Enum):
        return [str(each.value) for each in annotation]
    if get_origin(annotation) is Literal:
        return [each for each in get_args(annotation) if isinstance(each, str)]
    return [word for inner in get_args(annotation) for word in choices(inner)]


def _shown(value: Any, annotation: Any) -> str:
    return repr(value) if isinstance(value, str) and choices(annotation) else kind_of(value)


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return dict(model.model_fields)


@cache
def _kept_adapter(annotation: Any, bounds: tuple[Any, ...]) -> TypeAdapter[Any]:
    # Unpacked, since 3.11 has no other way to annotate with several.
    bounded: Any = Annotated[(annotation, *bounds)] if bounds else annotation
    return TypeAdapter(bounded, config=ConfigDict(arbitrary_types_allowed=True))


def _adapter(annotation: Any, bounds: tuple[Any, ...]) -> TypeAdapter[Any]:
    try:
        return _kept_adapter(annotation, bounds)
    except TypeError:
        # Bounds that cannot be a key are built anew.
        return _kept_adapter.__wrapped__(annotation, bounds)


def _as_a_whole(
    good: Mapping[str, Any], model: type[BaseModel], place: Place, broken: set[str]
) -> Iterator[Finding]:
    """Yield what a model says of what is right by itself: missing keys, values that disagree."""
    errors: Sequence[Mapping[str, Any]]
    try:
        with warnings.catch_warnings():
            # What Serve will drop one day is no fault today; what it says "must" be is one.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", FutureWarning)
            # Some validators write into what they are given.
            model.model_validate(deepcopy(dict(good)))
        return
    except ValidationError as error:
        errors = error.errors()
    except Exception as error:  # validators of others may raise anything; none may end the check
        errors = [{"type": "value_error", "loc": (), "msg": str(error) or type(error).__name__}]
    for each in errors:
        if each["type"] == "missing":
            if not each["loc"] or each["loc"][0] not in broken:
                yield Finding((*place, *each["loc"]), "is missing")
            continue
        text = _said(each)
        # A default stands in for what is broken, and would be told of as if somebody chose it.
        if not any(re.search(rf"\b{re.escape(key)}\b", text) for key in broken):
            yield Finding((*place, *_loc(each["loc"], good, text)), text)


def _said(error: Mapping[str, Any]) -> str:
    text = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return " ".join(text.removeprefix("Input ").split())[:300]


def _loc(loc: tuple[str | int, ...], value: Any, text: str) -> Place:
    """Return the part of pydantic's place that is in the document: it names types on the way."""
    place: list[str | int] = []
    inner = value
    for part in loc:
        if isinstance(inner, str) or not hasattr(inner, "__getitem__"):
            break
        try:
            inner = inner[part]
        except (KeyError, IndexError, TypeError):
            continue
        place.append(part)
    if isinstance(inner, Mapping):
        # Told of several values at once: the first of them that is named.
        found = [
            (text.find(str(key)), key)
            for key in inner
            if re.search(rf"\b{re.escape(str(key))}\b", text)
        ]
        place += [min(found)[1]] if found else []
    return tuple(place)
