"""`/sustainability`: the energy of the service, of one request, and the mode it works in."""

from fastapi import APIRouter, Request

from api.answers.responses import JsonResponse, refusals
from api.audit import told
from api.bodies.bounded_route import BodyRoute
from api.dependencies import Ctx
from api.schemas.operation.energy import ModeIn, ModeOut, RequestEnergyOut, SustainabilityOut

router = APIRouter(tags=["sustainability"], route_class=BodyRoute)


@router.get("/sustainability", response_model=SustainabilityOut)
async def sustainability(ctx: Ctx) -> JsonResponse:
    """Report joules and grams since the first start: requests + overhead + idle = measured."""
    return JsonResponse(await ctx.backend.energy_report())


@router.get(
    "/sustainability/requests/{request_id}",
    response_model=RequestEnergyOut,
    responses=refusals(404),
)
async def request_energy(request_id: str, ctx: Ctx) -> JsonResponse:
    """Return what one of your requests cost, by its `X-Request-ID`; kept for some minutes."""
    return JsonResponse(await ctx.backend.request_energy(ctx.client.name, request_id))


@router.put("/sustainability/mode", response_model=ModeOut)
async def set_mode(body: ModeIn, request: Request, ctx: Ctx) -> JsonResponse:
    """Switch the mode of all replicas while they serve; kept over restarts.

    Replicas follow within a second or two; `replicas` of the report says what each applied.
    """
    told(request.scope, mode=body.mode)
    return JsonResponse(await ctx.backend.set_energy_mode(body.mode))
