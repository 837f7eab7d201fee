"""The page of settings, from the classes that read them and what these say of each field."""

import ast
import inspect
import itertools
import textwrap
import types
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from deployments.checking.importable import parsed
from deployments.settings.service import ServiceSettings
from deployments.settings.tunables import USER_CONFIGS
from scripts.reference.markdown import cell, code, page, plain, table

INTRO = """`args` say what is built: a change brings new replicas. `user_config` of a deployment
is changed in place while requests run. An unknown name is refused. How a change is made: [change
settings](../how-to/change-settings.md). Serve's own keys (`num_replicas`, `autoscaling_config`,
`ray_actor_options`, …) are in Ray Serve's documentation."""
BOUNDS = {"Ge": "≥ {ge}", "Gt": "> {gt}", "Le": "≤ {le}", "Lt": "< {lt}"}
LONGEST_DEFAULT = 60


def settings() -> str:
    """Return the page."""
    parts = ["## args", "What is built."]
    for name, field in ServiceSettings.model_fields.items():
        inner = model_in(field.annotation)
        if inner is not None:
            said = _sentences(ServiceSettings).get(name, "")
            parts += [f"### args.{name}", _about(inner, said), _table(inner, None)]
    for deployment, model in USER_CONFIGS.items():
        parts += [f"## user_config of {deployment}", _about(model), _table(model, model())]
    return page("Settings", "the classes that read them", INTRO, *parts)


def _about(model: type[BaseModel], said: str = "") -> str:
    own = plain((inspect.getdoc(model) or "").split("\n\n")[0])
    return " ".join(each for each in (own, said) if each)


def _table(model: type[BaseModel], given: BaseModel | None) -> str:
    return table(("setting", "value", "default", "what"), _rows(model, given, "", ""))


def _rows(
    model: type[BaseModel], given: BaseModel | None, path: str, about: str
) -> Iterator[tuple[str, str, str, str]]:
    """Yield a row a setting, those of classes within by their dotted names."""
    said = _sentences(model)
    for name, field in model.model_fields.items():
        inner = model_in(field.annotation)
        sentence = said.get(name, "")
        if inner is not None:
            default = getattr(given, name) if given is not None else _default(field)
            below = default if isinstance(default, inner) else None
            yield from _rows(inner, below, f"{path}{name}.", sentence)
            continue
        shown = _shown(field, given, name)
        yield (
            code(path + name),
            _kind(field),
            code(shown),
            " ".join(t for t in (about, sentence) if t),
        )
        about = ""


def _default(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True)


def _sentences(model: type[BaseModel]) -> Mapping[str, str]:
    """Return the texts below the fields, those of parents included."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        if not (isinstance(each, type) and issubclass(each, BaseModel)) or each is BaseModel:
            continue
        body = parsed(textwrap.dedent(inspect.getsource(each))).body[0].body  # type: ignore[attr-defined]
        for field, text in itertools.pairwise(body):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(said))),
                ):
                    found[name] = cell(plain(said))
                case _:
                    pass
    return found


def model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, types.UnionType):
        return next((m for part in get_args(annotation) if (m := model_in(part))), None)
    return None


def _kind(field: FieldInfo) -> str:
    bounds = [
        BOUNDS[type(each).__name__].format(**{n: getattr(each, n) for n in each.__slots__})
        for each in field.metadata
        if type(each).__name__ in BOUNDS
    ]
    return cell(", ".join([_named(field.annotation), *bounds]))


def _named(annotation: Any) -> str:
    origin, within = get_origin(annotation), get_args(annotation)
    if annotation is type(None):
        return "null"
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in within)
    if origin in (Union, types.UnionType):
        return " or ".join(_named(part) for part in within)
    if origin is dict:
        return f"names with {_named(within[1])}"
    if origin in (tuple, list, frozenset):
        return f"list of {_named(within[0])}"
    if origin is not None:
        return _named(within[0])
    names = {str: "text", int: "integer", float: "number", bool: "true or false"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _shown(field: FieldInfo, given: BaseModel | None, name: str) -> str:
    if given is None and field.is_required():
        return "required"
    value = getattr(given, name) if given is not None else _default(field)
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case tuple() | frozenset() | list():
            text = "[" + ", ".join(str(each) for each in value) + "]"
        case BaseModel():
            text = str(value.model_dump())
        case _:
            text = f"{value}"
    return text if len(text) <= LONGEST_DEFAULT else text[:LONGEST_DEFAULT] + "…"
