"""Write the generated pages of docs/reference."""

from collections.abc import Callable, Mapping
from pathlib import Path

from scripts.reference.architectures import architectures
from scripts.reference.benchmarks import benchmarks
from scripts.reference.commands import commands
from scripts.reference.errors import errors
from scripts.reference.metrics import metrics
from scripts.reference.routes import routes
from scripts.reference.settings import settings

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "architectures.md": architectures,
    "benchmarks.md": benchmarks,
    "commands.md": commands,
    "errors.md": errors,
    "metrics.md": metrics,
    "routes.md": routes,
    "settings.md": settings,
}


def main() -> None:
    """Write them all; those that are current stay as they are."""
    for name, made in PAGES.items():
        (FOLDER / name).write_text(made(), encoding="utf-8")
        print(f"wrote docs/reference/{name}")


if __name__ == "__main__":
    main()
