"""`GET /` and what its page loads: the console, public as `/docs` is; what it asks needs a key."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.answers.compressed import accepts_gzip
from api.answers.entity_tags import is_known
from api.bodies.strict_route import StrictRoute
from api.console.files import Console, ConsoleFile, installed
from api.errors import BadRequest

router = APIRouter(route_class=StrictRoute, include_in_schema=False)

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        # Pictures are fetched with the key and shown from memory.
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        # No text can become markup or a script, whatever the code of a page does.
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
ASK_AGAIN = "no-cache"
FOR_GOOD = "public, max-age=31536000, immutable"


@router.get("/")
async def page(request: Request) -> Response:
    """Return the one page of the console."""
    console = installed()
    tag = f'"{console.version}"'
    # Weak: compressed or not, it is the same page.
    headers = {"ETag": f"W/{tag}", "Cache-Control": ASK_AGAIN}
    if is_known(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=_guarded(headers))
    return _sent(request, console.page, headers)


@router.get("/console")
async def other_name() -> Response:
    """Lead to the page."""
    return RedirectResponse("./", 307, {"Cache-Control": ASK_AGAIN})


@router.get("/console/{version}/{name:path}")
async def file(request: Request, version: str, name: str) -> Response:
    """Return a script, a style or a picture of the console."""
    return _sent(request, _found(installed(), version, name), {"Cache-Control": FOR_GOOD})


def _found(console: Console, version: str, name: str) -> ConsoleFile:
    # Files of two versions do not fit together: a page that is older must be loaded anew.
    if version != console.version or name not in console.files:
        raise BadRequest("no such file of the console: load its page again", "not_found", {}, 404)
    return console.files[name]


def _sent(request: Request, sent: ConsoleFile, headers: dict[str, str]) -> Response:
    content = sent.content
    if accepts_gzip(request.headers.get("Accept-Encoding")):
        headers, content = headers | {"Content-Encoding": "gzip"}, sent.compressed
    return Response(content, media_type=sent.media_type, headers=_guarded(headers))


def _guarded(headers: dict[str, str]) -> dict[str, str]:
    return headers | {"Content-Security-Policy": POLICY, "Vary": "Accept-Encoding"}
