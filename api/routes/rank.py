"""`POST /rank`: pictures or texts against candidates, by what the model says of each pair."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from fastapi import APIRouter
from starlette.responses import Response

from api.answers.responses import refusals
from api.bodies.bounded_route import BodyRoute
from api.bodies.turns import Turns
from api.dependencies import Context, Ctx
from api.embedding.items import cost_of, item_warnings, kind_of, payload, place_of
from api.embedding.parts import encoded
from api.embedding.vector_lists import with_list
from api.errors import STATUS_BY_CODE, ApiError, BadRequest, at
from api.input_checks import check_count, raise_item_error
from api.middleware.metering import record_work
from api.schemas.embed import EmbedItem, ItemFailure
from api.schemas.rank import RankRequest, RankResponse
from retrieval.encoding import EncodeReply, EncodeRequest, EncoderInfo
from retrieval.zero_shot import PLACEHOLDER, Cosines, mean_of_units, scores, sentences

router = APIRouter(tags=["rank"], route_class=BodyRoute)

MOST_PAIRS = 20_000
"""Scores of one answer, a megabyte or two."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is encoded for a request: good inputs first, then each candidate's sentences."""

    items: list[str | bytes]
    places: list[str]
    inputs: list[int]
    """Numbers of the inputs that are among them."""
    candidates: list[int]
    """How many of the items each candidate has."""
    failed: dict[int, ItemFailure]


@router.post("/rank", response_model=RankResponse, responses=refusals(415))
async def rank(request: RankRequest, ctx: Ctx) -> Response:
    """Score inputs against candidates: similarities, and the model's own probabilities."""
    _check(request, ctx)
    await ctx.charge(_cost(request))
    asked = await _asked(request, ctx)
    _refuse_if_none_left(asked, len(request.inputs))
    record_work(kind_of(asked.items), len(asked.items))
    reply, info = await encoded(lambda _: EncodeRequest(asked.items, may_be_cheap=True), ctx)
    failed = asked.failed | _late(asked, reply)
    _refuse_if_none_left(asked, len(request.inputs), failed)
    content = {
        "errors": [failed[index].model_dump() for index in sorted(failed)],
        "model": info.joint_model,
        "logits": None if info.logits is None else asdict(info.logits) | {"kind": info.logits.kind},
        "usage": _usage(asked, reply),
        "warnings": _warnings(request, info) + _about_items(asked, reply),
    }
    rows = _similarities(asked, reply)

    def told(index: int, item: EmbedItem) -> dict[str, Any]:
        if index in failed:
            return {"index": index, "scores": None}
        crossed = [_is_text(item) != _is_text(other) for other in request.candidates]
        found = scores(rows[index].tolist(), crossed, info.logits, request.limit)
        return {"index": index, "scores": [asdict(score) for score in found]}

    return await with_list(content, "results", request.inputs, told)


def _check(request: RankRequest, ctx: Context) -> None:
    check_count(len(request.inputs), ctx.limits.max_embed_items, "inputs")
    check_count(len(request.candidates), ctx.limits.max_embed_items, "candidates")
    pairs = len(request.inputs) * len(request.candidates)
    if pairs > MOST_PAIRS:
        raise BadRequest(
            f"{len(request.inputs)} inputs and {len(request.candidates)} candidates are {pairs} "
            f"pairs, at most {MOST_PAIRS} are allowed",
            "too_many_items",
            at("inputs", len(request.inputs)),
            413,
        )
    for number, template in enumerate(request.template):
        if PLACEHOLDER not in template:
            place = f"template.{number}"
            raise BadRequest(f"{place} has no {PLACEHOLDER}", None, at(place, template))
    texts = sum(map(_is_text, request.candidates)) * max(1, len(request.template))
    check_count(texts, MOST_PAIRS, "candidates in all templates")


def _is_text(item: EmbedItem) -> bool:
    return item.text is not None


def _cost(request: RankRequest) -> int:
    """Return what is encoded: each sentence of a candidate counts."""
    each = max(1, len(request.template))
    of_candidates = (cost_of(one) * (each if _is_text(one) else 1) for one in request.candidates)
    return sum(map(cost_of, request.inputs)) + sum(of_candidates)


async def _asked(request: RankRequest, ctx: Context) -> _Asked:
    asked, turns = _Asked([], [], [], [], {}), Turns()
    for index, item in enumerate(request.inputs):
        await turns.step()
        place = place_of("inputs", index, item)
        try:
            asked.items.append(await payload(item, place, ctx))
        except ApiError as error:
            asked.failed[index] = ItemFailure(
                index=index, code=error.code, message=error.message, where=place
            )
            continue
        asked.inputs.append(index)
        asked.places.append(place)
    for index, item in enumerate(request.candidates):
        await turns.step()
        place = place_of("candidates", index, item)
        content = await payload(item, place, ctx)
        texts = sentences(content, request.template) if isinstance(content, str) else [content]
        asked.items.extend(texts)
        asked.places.extend([place] * len(texts))
        asked.candidates.append(len(texts))
    return asked


def _late(asked: _Asked, reply: EncodeReply) -> dict[int, ItemFailure]:
    """Return inputs that the encoder refused; a candidate that it refused is the request's fault.

    Raises:
        BadRequest: Without that candidate the others' probabilities would be of something else.
    """
    for place, report in list(zip(asked.places, reply.reports, strict=True))[len(asked.inputs) :]:
        raise_item_error(report, place)
    failed = {}
    for index, place, report in zip(asked.inputs, asked.places, reply.reports, strict=False):
        if report.error is not None:
            message = f"{place}: {report.error.message}"
            code = report.error.code
            failed[index] = ItemFailure(index=index, code=code, message=message, where=place)
    return failed


def _refuse_if_none_left(
    asked: _Asked, count: int, failed: dict[int, ItemFailure] | None = None
) -> None:
    failed = asked.failed if failed is None else failed
    if len(failed) < count:
        return
    first = failed[min(failed)]
    errors = [failed[index].model_dump() for index in sorted(failed)]
    details = at(first.where) | {"errors": errors}
    raise BadRequest(first.message, first.code, details, STATUS_BY_CODE.get(first.code, 422))


def _similarities(asked: _Asked, reply: EncodeReply) -> dict[int, Cosines]:
    """Return each good input's cosines with all candidates."""
    vectors, start = np.asarray(reply.vectors, np.float64), len(asked.inputs)
    candidates = []
    for count in asked.candidates:
        candidates.append(mean_of_units(vectors[start : start + count]))
        start += count
    cosines = vectors[: len(asked.inputs)] @ np.stack(candidates).T
    return dict(zip(asked.inputs, np.clip(cosines, -1.0, 1.0), strict=True))


def _about_items(asked: _Asked, reply: EncodeReply) -> list[dict[str, str]]:
    """Return what is to be said of items, once of a candidate in many sentences."""
    about = item_warnings(reply.reports, asked.places)
    for place, report in zip(asked.places, reply.reports, strict=True):
        if report.truncated:
            message = f"{place} is longer than the model reads; its end was left out"
            about.append({"code": "truncated", "message": message, "where": place})
    return list({(each["code"], each["where"]): each for each in about}.values())


def _usage(asked: _Asked, reply: EncodeReply) -> dict[str, int]:
    tokens = sum(report.tokens for report in reply.reports)
    pictures = sum(isinstance(item, bytes) for item in asked.items)
    return {"prompt_tokens": tokens, "total_tokens": tokens, "pictures": pictures}


def _warnings(request: RankRequest, info: EncoderInfo) -> list[dict[str, str]]:
    """Return why there are no probabilities, or some are missing, and what was not used."""
    warnings = []
    kinds = {_is_text(item) for item in request.inputs}
    others = {_is_text(item) for item in request.candidates}
    if info.logits is None:
        message = f"{info.joint_model} has no trained scale: similarities without probabilities"
        warnings.append({"code": "no_trained_scale", "message": message, "where": ""})
    elif kinds & others:
        message = "the model was trained on pairs of a text and a picture: others have none"
        warnings.append({"code": "not_calibrated", "message": message, "where": "candidates"})
    if request.template and True not in others:
        message = "templates are for texts, and no candidate is one"
        warnings.append({"code": "template_ignored", "message": message, "where": "template"})
    return warnings
