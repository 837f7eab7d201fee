"""A model that is named on the command line, in place of the configuration's."""

from typing import Any

from deployments.checking import known_models
from deployments.checking.config import GRAPH, ConfigError
from deployments.checking.known_models import FOLDER, HUB
from deployments.settings.service import ModelSettings


def put(config: dict[str, Any], named: str) -> None:
    """Set our application's model, after a look at its name.

    Args:
        config: Changed in place; how the model is run stays.
        named: ``ARCHITECTURE/TAG``, ``hf-hub:…``, ``local-dir:…`` or the embedded model's name.

    Raises:
        ConfigError: There is no such model.
    """
    chosen = parts_of(named)
    wrong = list(
        known_models.faults(ModelSettings.model_validate(chosen), ("--model",), elsewhere=False)
    )
    if wrong:
        raise ConfigError(f"--model {named}: {wrong[0].text}")
    for app in config["applications"]:
        if app.get("import_path") == GRAPH:
            model = app.setdefault("args", {}).setdefault("model", {})
            model.pop("sha256", None)
            model.pop("pretrained", None)
            model |= chosen


def parts_of(named: str) -> dict[str, str]:
    """Return the settings that a name stands for."""
    if named.startswith((HUB, FOLDER)) or "/" not in named:
        return {"model": named}
    model, _, pretrained = named.partition("/")
    return {"model": model, "pretrained": pretrained}
