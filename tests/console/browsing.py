"""A page of a browser, with everything it complains of, and everybody it asks."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CHROMIUM = Path("/usr/bin/chromium")
PATIENCE_MS = 15_000
"""Before something that was waited for is missing."""
TELLS_VIOLATIONS = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`violation of ${event.violatedDirective} by ${event.blockedURI}`));"""


class Watched:
    """A page in a context of its own, so that no test sees another's keys."""

    def __init__(self, browser: Any, **options: Any) -> None:
        self._context = browser.new_context(**options)
        self._context.add_init_script(TELLS_VIOLATIONS)
        self._context.set_default_timeout(PATIENCE_MS)
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page = self._context.new_page()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(f"thrown: {error}"))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("dialog", self._asked_by_script)

    def _heard(self, message: Any) -> None:
        # What the service refuses a page tells in words; the browser's own line is no defect.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {message.text}")

    def _asked_by_script(self, dialog: Any) -> None:
        self.complaints.append(f"a script asked: {dialog.message}")
        dialog.dismiss()

    def open(self, url: str, place: str = "") -> Any:
        """Load a page of the console and return it."""
        self.page.goto(f"{url}/{place}")
        self.page.wait_for_selector("h1")
        return self.page

    @property
    def origins(self) -> set[str]:
        """Whom the page asked; its own memory (`blob:`) is nobody."""
        parts = [urlsplit(url) for url in self.asked if not url.startswith(("blob:", "data:"))]
        return {f"{part.scheme}://{part.netloc}" for part in parts}

    def close(self) -> None:
        """End the page and forget what it kept."""
        self._context.close()
