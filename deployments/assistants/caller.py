"""Asks the service on behalf of one caller, with that caller's key and no other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

KEY_HEADERS = ("authorization", "x-api-key")
"""Headers that show a key; they are handed on as they came."""
NamedFile = tuple[str, bytes]


class ServiceRefused(Exception):
    """The service refused, or did not answer; the message is for whoever called the tool."""


@dataclass(frozen=True, slots=True)
class ServiceCaller:
    """A caller of the service.

    Args:
        client: Knows the service's address; for callers over HTTP it must show no key itself.
        headers: The caller's key, as it was shown.
    """

    client: httpx.AsyncClient
    headers: Mapping[str, str] = field(default_factory=dict)

    def showing(self, headers: Mapping[str, str]) -> "ServiceCaller":
        """Return the caller who sent these headers; of them only keys are handed on."""
        shown = {name: headers[name] for name in KEY_HEADERS if name in headers}
        return ServiceCaller(self.client, shown)

    async def ask(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        """Return the decoded answer.

        Raises:
            ServiceRefused: There is none that went well.
        """
        return (await self.answered(method, path, **options)).json()

    async def answered(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Return an answer that went well.

        Raises:
            ServiceRefused: There is none.
        """
        try:
            sent = self.client.request(method, path, headers=dict(self.headers), **options)
            answer = await sent
        except httpx.HTTPError as error:
            raise ServiceRefused(f"the service does not answer: {type(error).__name__}") from error
        if not answer.is_success:
            raise ServiceRefused(said_by(answer))
        return answer

    async def upload(
        self, namespace: str, files: Sequence[NamedFile], metadata: str
    ) -> dict[str, Any]:
        """Write files, one document each."""
        parts = [("file", (name, data, "application/octet-stream")) for name, data in files]
        form = {"namespace": namespace, "metadata": metadata}
        return await self.ask("POST", "/documents/upload", files=parts, data=form)


def said_by(answer: httpx.Response) -> str:
    """Return a refusal in one line."""
    try:
        error = answer.json()["error"]
        return f"{error['code']}: {error['message']}"
    except (ValueError, KeyError, TypeError):
        return f"HTTP {answer.status_code}"


def document_path(document_id: str) -> str:
    """Return the path of a document, whatever its id has in it."""
    told = quote(document_id, safe="")
    # A path of dots would be taken for steps upwards, to another route.
    return f"/documents/{told.replace('.', '%2E') if set(told) == {'.'} else told}"
