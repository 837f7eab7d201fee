"""Vectors of many texts and pictures, in parts."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from brainwav_client.answers import Embeddings, EmbedFailure, Told, Usage, Warned, read
from brainwav_client.batches import Progress, Watch, length_of, moved, parts, watching
from brainwav_client.errors import AnswersDisagree, ApiError, BrainwavError
from brainwav_client.exchange import Operation, Request, Work, as_json
from brainwav_client.pictures import Picture, picture_base64


def embed(
    inputs: Iterable[str | Picture],
    *,
    normalize: bool = True,
    space: Literal["joint", "text"] = "joint",
    input_type: Literal["query", "passage"] | None = None,
    batch: int = 128,
    progress: Watch = False,
) -> Operation[Embeddings]:
    """Return the vectors of texts (str) and pictures (everything else), in their order.

    Args:
        inputs: Any iterable; a text that is a path is ``Path(...)``.
        normalize: Of length one.
        space: ``joint`` compares texts and pictures; ``text`` is for texts only.
        input_type: What texts are for, where the model tells a difference.
        batch: Inputs a request.
        progress: Told after every request; ``True`` draws a bar.

    Raises:
        AnswersDisagree: The model was changed meanwhile.
        ApiError: No input at all has a vector, or the service refused to go on.
    """
    if isinstance(inputs, str | bytes | Path):
        raise TypeError("inputs is a list: write [input] for a single one")
    head = {"normalize": normalize, "space": space}
    if input_type is not None:
        head["input_type"] = input_type
    return _in_parts(inputs, head, batch, progress)


def _in_parts(
    inputs: Iterable[str | Picture], head: dict[str, Any], batch: int, progress: Watch
) -> Operation[Embeddings]:
    made, tell, total = _Made(), watching(progress), length_of(inputs)
    left = parts((_item(each) for each in inputs), batch, len)
    while part := (yield Work(lambda: next(left, None))):
        body = b'{"inputs":[%s],%s' % (b",".join(part), as_json(head)[1:])
        try:
            reply = yield Request("POST", "/embed", body)
        except ApiError as error:
            if not made.refused(error, len(part)):
                raise
        else:
            made.add(read(Embeddings, reply))
        tell(Progress(len(made.vectors), len(made.errors), total))
    return made.answer()


def _item(given: str | Picture) -> bytes:
    if isinstance(given, str):
        return as_json({"text": given})
    return as_json({"image_base64": picture_base64(given)})


@dataclass(slots=True)
class _Made:
    """What parts of one request came to."""

    vectors: list[tuple[float, ...] | None] = field(default_factory=list)
    errors: list[EmbedFailure] = field(default_factory=list)
    truncated: list[bool] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)
    told: Told = field(default_factory=Told)
    by: tuple[str, int] | None = None
    tokens: int = 0
    pictures: int = 0
    refusal: BrainwavError | None = None

    def add(self, answer: Embeddings) -> None:
        by = (answer.model, answer.dimension)
        if self.by not in (None, by):
            raise AnswersDisagree(
                f"the first {len(self.vectors)} vectors are of {self.by}, the next of {by}: "
                "they cannot be compared; embed all anew"
            )
        start, self.by, self.told = len(self.vectors), by, answer.told
        self.errors += [_moved(each, start) for each in answer.errors]
        self.warnings += [
            each.model_copy(update={"where": moved(each.where, start)}) for each in answer.warnings
        ]
        self.vectors += answer.embeddings
        self.truncated += answer.truncated
        self.tokens += answer.usage.total_tokens
        self.pictures += answer.usage.pictures

    def refused(self, error: ApiError, count: int) -> bool:
        """Take a part of which every input failed; False if it was refused otherwise."""
        listed = error.details.get("errors", ())
        if len(listed) != count or any("index" not in each for each in listed):
            return False
        start, self.refusal = len(self.vectors), self.refusal or error
        self.errors += [_moved(EmbedFailure.model_validate(each), start) for each in listed]
        self.vectors += [None] * count
        self.truncated += [False] * count
        return True

    def answer(self) -> Embeddings:
        if self.by is None:
            raise self.refusal or ValueError("there is nothing to embed")
        usage = Usage(prompt_tokens=self.tokens, total_tokens=self.tokens, pictures=self.pictures)
        answer = Embeddings(
            embeddings=tuple(self.vectors),
            errors=tuple(self.errors),
            truncated=tuple(self.truncated),
            model=self.by[0],
            dimension=self.by[1],
            usage=usage,
            warnings=tuple(self.warnings),
        )
        answer._told = self.told
        return answer


def _moved(failure: EmbedFailure, by: int) -> EmbedFailure:
    where = moved(failure.where, by)
    return failure.model_copy(update={"index": failure.index + by, "where": where})
