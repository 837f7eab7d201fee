"""The names that `model` may take: the served models', aliases, and `text` and `joint`."""

from collections.abc import Mapping

from api.errors import BadRequest, at
from retrieval.encoding import EncoderInfo, Space

Aliases = Mapping[str, str]
"""Other names of models, such as those that clients have built in; each leads to a served name,
or to `text` or `joint`."""

SPACES: dict[str, Space] = {"text": "text", "joint": "joint"}
"""Names of the models whichever they are, unlisted: a listed name says which model it is."""


def served_models(info: EncoderInfo, aliases: Aliases) -> dict[str, Space]:
    """Return every name that is answered, and the space it stands for; aliases last."""
    names: dict[str, Space] = {info.joint_model: "joint"}
    names[info.text_model] = "text"
    targets: dict[str, Space] = {**SPACES, **names}
    for alias, target in aliases.items():
        if target in targets:
            names.setdefault(alias, targets[target])
    return names


def space_of(name: str, info: EncoderInfo, aliases: Aliases) -> Space:
    """Return the space of a model.

    Raises:
        BadRequest: 404, with the names that are served and how to add one.
    """
    served = served_models(info, aliases)
    if name in served or name in SPACES:
        return served.get(name) or SPACES[name]
    leads = f" (`model_aliases` leads it to {aliases[name]!r:.100})" if name in aliases else ""
    raise BadRequest(
        f"model {name!r:.100}{leads} is not served; served: {', '.join(sorted(served))}. The "
        "setting `model_aliases` gives a served model another name",
        "model_not_found",
        at("model", name),
        404,
    )
