"""What each tool is called with; what does not fit is refused by name."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

KnownNamespace = Annotated[str, Field(description="One of those that the tool `namespaces` names")]


class ToolArguments(BaseModel):
    """Arguments of a tool."""

    model_config = ConfigDict(extra="forbid")


class NamespacesArguments(ToolArguments):
    """Of `namespaces`: none."""


class SearchArguments(ToolArguments):
    """Of `search`."""

    query: str = Field(description="What is looked for, in words")
    namespace: KnownNamespace
    limit: int = Field(default=10, ge=1, le=50)
    mode: Literal["hybrid", "semantic", "keyword"] = "hybrid"
    filter: dict[str, Any] | None = Field(
        default=None,
        description='{"field", "op": eq ne lt lte gt gte in contains exists, "value"}; combined '
        'by {"and": […]}, {"or": […]}, {"not": …}',
    )
    pictures: bool = Field(default=False, description="Show the pictures of the first results too")


class GetArguments(ToolArguments):
    """Of `get`."""

    id: str
    namespace: KnownNamespace
    picture: bool = Field(default=True, description="Show its picture, where it has one")


class PlanArguments(ToolArguments):
    """Of `plan`."""

    goal: str = Field(description="What is wanted, in words: several things, bounds, exclusions")
    namespace: KnownNamespace
    limit: int = Field(default=10, ge=1, le=50)
    strategy: Literal["auto", "single", "cot", "tot"] = "auto"


class ReflectArguments(ToolArguments):
    """Of `reflect`."""

    goal: str
    namespace: KnownNamespace
    plan: dict[str, Any] | None = Field(default=None, description="As the tool `plan` returned it")
    answer: str | None = Field(default=None, description="`[id]` in it cites a document")
    results: list[str] = Field(default_factory=list, description="Ids of documents")


class NewDocument(ToolArguments):
    """A document to be written by `put`; one of the same id is replaced."""

    id: str | None = None
    text: str
    metadata: dict[str, Any] = Field(default_factory=dict)


class PutArguments(ToolArguments):
    """Of `put`, where no folder was given."""

    namespace: str = Field(description="Writing makes it")
    documents: list[NewDocument] = Field(default_factory=list, max_length=100)


class PutFilesArguments(PutArguments):
    """Of `put`, where files below a folder may be read."""

    files: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="Pictures, texts and documents, relative to the folder of the server",
    )


class DeleteArguments(ToolArguments):
    """Of `delete`."""

    namespace: KnownNamespace
    ids: list[str] = Field(min_length=1, max_length=100)
