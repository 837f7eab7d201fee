"""Bodies of `/audit` and `/quota`."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class EntryOut(BaseModel):
    """One act."""

    number: int
    at: datetime
    who: str = Field(description="`key:<id>`, `address:<address>`, or `uid:<n>` of a script")
    act: str
    request_id: str = Field(description="Empty for scripts")
    what: dict[str, str]
    status: int | None = Field(
        description="Of the answer; of a script 0, or 1 where it failed; null: not known"
    )


class AuditWarning(BaseModel):
    """What was cut or could not be read."""

    code: str
    message: str
    where: str


class AuditOut(BaseModel):
    """`GET /audit`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "entries": [
                        {
                            "number": 7,
                            "at": "2026-11-30T08:00:00.000+00:00",
                            "who": "key:3f2a0c81d9be",
                            "act": "document.delete",
                            "request_id": "5f0c",
                            "what": {
                                "method": "DELETE",
                                "path": "/documents/d1",
                                "query": "namespace=products",
                            },
                            "status": 200,
                        }
                    ],
                    "next_after": None,
                    "kept_since": "2026-11-01T00:00:00.000+00:00",
                    "warnings": [],
                }
            ]
        }
    )

    entries: list[EntryOut]
    next_after: int | None = Field(description="Ask on with `after`; null: there is no more")
    kept_since: datetime | None = Field(description="What came before was rotated away")
    warnings: list[AuditWarning]


class AmountOut(BaseModel):
    """One quota."""

    used: int
    limit: int | None = Field(description="null: no bound")


class QuotaOut(BaseModel):
    """`GET /quota`."""

    documents: AmountOut
    bytes: AmountOut
    namespaces: AmountOut
