"""Where one service lives on this machine: its home folder, and what relative paths mean there.

The default is the checkout's `.brainwav`, whose relative paths are the checkout's. Any other home
holds everything below itself, so that two homes side by side share nothing.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

Say = Callable[[str], None]
"""Tells an operator a line about what is done to a home."""

VARIABLE = "BRAINWAV_HOME"
"""Names the home; the command sets it, and every process of the cluster inherits it."""
NAME = ".brainwav"
PROJECT = Path(__file__).resolve().parents[1]
"""The code's own folder: a checkout, an image's `/app`, or an environment's `site-packages`."""
CHECKOUT_HOME = PROJECT / NAME


def is_checkout() -> bool:
    """Whether the code lies beside its configuration, as in a checkout or an image."""
    return (PROJECT / "serve_config.yaml").is_file()


def default(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the home of somebody who named none: the checkout's, else in the user's data folder.

    A relative `XDG_DATA_HOME` counts for nothing, as its specification says.
    """
    if is_checkout():
        return CHECKOUT_HOME
    data = environment.get("XDG_DATA_HOME", "")
    base = Path(data) if os.path.isabs(data) else Path.home() / ".local" / "share"
    return base / "brainwav"


def current(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the home of this process: the one its environment names, else beside the code."""
    named = environment.get(VARIABLE)
    return Path(named) if named else CHECKOUT_HOME


def chosen(named: Path | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the home that a command works on, as a whole path: named, else the default."""
    return Path(os.path.abspath(named or environment.get(VARIABLE) or default(environment)))


def whole(path: str) -> Path:
    """Return a setting's path as a whole one; `.brainwav/` stands for the home."""
    home = current().resolve()
    if home == CHECKOUT_HOME.resolve():
        return (PROJECT / path).resolve()
    return (home / path.removeprefix(f"{NAME}/")).resolve()
