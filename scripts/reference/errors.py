"""The page of error codes."""

from scripts.reference.error_table import OF_JOBS, STATUSES_AND_MEANINGS, WARNINGS
from scripts.reference.markdown import code, page, table

INTRO = """Every error has one shape: `{"error": {"code", "message", "request_id", "details"}}`.
Programs go by the code; messages may change. 429, 503 and 507 carry `Retry-After`. The status is
the usual one: an item of a batch fails with the same code inside an answer with 200."""


def errors() -> str:
    """Return the page."""
    rows = [
        (code(name), status, meaning)
        for name, (status, meaning) in sorted(STATUSES_AND_MEANINGS.items())
    ]
    warnings = [(code(name), meaning) for name, meaning in sorted(WARNINGS.items())]
    return page(
        "Errors",
        "`scripts/reference/error_table.py`",
        INTRO,
        table(("code", "status", "what"), rows),
        "## Jobs",
        "Under `error` and `failures` of `GET /jobs/{id}`, beside those above:",
        table(("code", "what"), [(code(name), meaning) for name, meaning in OF_JOBS.items()]),
        "## Warnings",
        "Of answers that went well, under `warnings`, or in the header `X-Brainwav-Warnings`:",
        table(("code", "what"), warnings),
    )
