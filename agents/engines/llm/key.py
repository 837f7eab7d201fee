"""The key to a language model's server, looked up where it is used and nowhere kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from agents.engines.llm.settings import LlmSettings
from agents.errors import EngineUnavailable


def api_key(settings: LlmSettings, environ: Mapping[str, str]) -> str | None:
    """Return the key that settings name; None where they name none.

    Args:
        settings: ``api_key_env`` or ``api_key_file``.
        environ: Environment variables.

    Raises:
        EngineUnavailable: The variable is not set, or the file cannot be read or is empty.
            The message names the place, never the key.
    """
    if settings.api_key_env is not None:
        return _some(environ.get(settings.api_key_env, ""), f"${settings.api_key_env}")
    if settings.api_key_file is None:
        return None
    try:
        found = Path(settings.api_key_file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EngineUnavailable(
            f"the key file {settings.api_key_file} cannot be read: {type(error).__name__}"
        ) from error
    return _some(found, settings.api_key_file)


def _some(key: str, place: str) -> str:
    if not key.strip():
        raise EngineUnavailable(f"{place} holds no key for the language model")
    return key.strip()
