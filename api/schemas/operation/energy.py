"""Bodies of `/sustainability`; joules and grams are estimates of the method that is named."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas.base import StrictBody

ModeName = Literal["full", "eco", "power_cap", "auto"]


class RangeOut(BaseModel):
    """Factors that the true figure lies between, by the method's published error."""

    low: float
    high: float


class SavingOut(BaseModel):
    """What a mode took less than `full`, as it happened here; loads may have differed."""

    mode: str
    endpoint: str
    energy_saved: float = Field(description="Share of the joules of a unit")
    cpu_saved: float = Field(description="Share of the CPU seconds of a unit")
    units: float


class ModeOut(BaseModel):
    """The mode asked for and the one in force."""

    chosen: ModeName
    effective: Literal["full", "eco", "power_cap"]
    reason: str
    duty: float = Field(description="Part of the time that model threads may work")
    replicas: dict[str, str] = Field(description="What each replica applied, or refused and why")
    saving: list[SavingOut] = Field(default_factory=list)
    dynamic_w: dict[str, float | None] = Field(
        default_factory=dict, description="Mean power above idle, by mode"
    )


class EndpointEnergyOut(BaseModel):
    """An endpoint's figures; those per request are above idle, `fully_loaded_j` carries all."""

    endpoint: str
    requests: int
    units: float
    functional_unit: str
    energy_j: float
    fully_loaded_j: float
    emissions_g: float
    cpu_s: float
    j_per_request: float | None
    wh_per_request: float | None
    g_per_request: float | None
    sci_g_per_unit: float | None = Field(description="ISO/IEC 21031, making of hardware included")


class ClientEnergyOut(BaseModel):
    """A client's figures, under the short hash that logs use."""

    client: str
    energy_j: float
    emissions_g: float
    requests: int
    cpu_s: float


class DeploymentEnergyOut(BaseModel):
    """A deployment's figures; requests are counted where they came in."""

    deployment: str
    energy_j: float
    emissions_g: float
    requests: int
    cpu_s: float


class NodeEnergyOut(BaseModel):
    """One node's meter."""

    node: str
    measured_j: float
    power_w: float
    idle_power_w: dict[str, float]
    methods: dict[str, str]


class SciOut(BaseModel):
    """Software carbon intensity of the whole service (ISO/IEC 21031)."""

    g_per_unit: float | None
    functional_unit: str
    operational_g: float
    embodied_g: float
    units: float


class EquivalentsOut(BaseModel):
    """The period in things one can picture; rough."""

    car_km: float
    litres_boiled: float
    telephones_charged: float


class SustainabilityOut(BaseModel):
    """`GET /sustainability`: measured = requests + overhead + idle."""

    ready: bool = Field(description="False while a meter still looks for its hardware")
    measured_j: float
    requests_j: float
    overhead_j: float
    idle_j: float
    conservation_error_j: float
    unsettled_j: float = Field(description="Measured in the last two ticks, not shared out yet")
    meter_j: float = Field(description="The meter's own sum: measured and unsettled")
    emissions_g: float
    metered_s: float
    average_power_w: float
    power_w: float = Field(description="Of the last ten seconds")
    idle_share: float
    requests: int
    requests_per_wh: float | None
    estimate_bias_ratio: float | None = Field(description="Told in headers over settled")
    range: RangeOut
    method: str
    pue: float
    intensity_g_per_kwh: float
    intensity_source: str
    mode: ModeOut
    endpoints: list[EndpointEnergyOut]
    clients: list[ClientEnergyOut]
    deployments: list[DeploymentEnergyOut]
    nodes: list[NodeEnergyOut]
    sci: SciOut
    equivalents: EquivalentsOut
    warnings: list[str]
    since_utc_s: float


class RequestEnergyOut(BaseModel):
    """`GET /sustainability/requests/{request_id}`: one of the caller's own requests."""

    request_id: str
    endpoint: str
    settled: bool = Field(description="True once its work can no longer change")
    energy_j: float
    fully_loaded_j: float = Field(description="With its part of idle and overhead")
    emissions_g: float
    cpu_s: float
    estimate_j: float = Field(description="What the response header said")
    by_deployment_j: dict[str, float]


class ModeIn(StrictBody):
    """`PUT /sustainability/mode`."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"mode": "auto"}]})

    mode: ModeName
