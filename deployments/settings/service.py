"""`args` of the service: they decide what is built, and changing them restarts replicas."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from agents.engines.llm.settings import LlmSettings
from api.access.hosts import KnownHosts
from api.access.origins import ANY, listed_origins
from api.bodies.limits import MIB
from deployments.settings.strict import StrictSettings
from reliability.identity.client_address import parse_networks
from reliability.slo.file import FILE
from retrieval.filtering.fields import MAX_COLUMNS, MAX_FIELDS


class ModelSettings(StrictSettings):
    """Which encoder to serve."""

    model: str = "brainwav-demo"
    """`brainwav-demo`, an open_clip architecture, `hf-hub:…` or `local-dir:…`."""
    pretrained: str | None = None
    """For an open_clip architecture: a hub tag, a local file, or `random`."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-fA-F]{64}$")
    """Of the weights file; checked when given."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Of the model; `auto` measures at start, and follows an index that is there."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """`auto` takes a GPU where there is one."""
    threads: Literal["share", "all"] | Annotated[int, Field(ge=1, le=1024)] = "share"
    """Cores that a replica encodes on: those of its `num_cpus`, rounded up; all that the process
    may use, whatever its share; or so many. Without a GPU each runs forward passes of its own."""


class TextModelSettings(StrictSettings):
    """A sentence encoder for the text side. What is left out, its own files say."""

    model: str
    """`hf-hub:organisation/repository`, with `@revision` if wanted, or `local-dir:folder`, or
    `multilingual-e5-small-4bit`, which comes with the extra `languages` and takes no setting but
    `sha256`."""
    sha256: str | None = Field(default=None, pattern="^[0-9a-fA-F]{64}$")
    """Of its file of weights; checked when given."""
    pooling: Literal["mean", "cls"] | None = None
    """How tokens become one vector: their mean, or the first one."""
    query_prefix: str | None = Field(default=None, max_length=1000)
    """Put before each query; `""` for none."""
    passage_prefix: str | None = Field(default=None, max_length=1000)
    """Put before each text that is stored; `""` for none."""
    max_tokens: int | None = Field(default=None, ge=8, le=32_768)
    """Read of a text, prefix included; by default what the model reads, at most 512."""
    dimension: int | None = Field(default=None, ge=1)
    """Keep the first so many numbers of a vector (Matryoshka); by default all."""


class IndexSettings(StrictSettings):
    """Where documents live."""

    uri: str = ".brainwav/index"
    """A folder (relative to the project) or object storage (`s3://…`)."""
    storage_options: dict[str, str] = Field(default_factory=dict)
    """Of object storage, by Lance's names; credentials belong in the environment."""
    max_fields: int = Field(default=MAX_FIELDS, ge=1, le=MAX_COLUMNS)
    """Metadata fields (key and kind, a time twice) of one namespace; each slows its writes."""


class PictureSettings(StrictSettings):
    """Caps on pictures, enforced before their pixels are decoded."""

    max_bytes: int = Field(default=16 * MIB, ge=1)
    """Of the file."""
    max_pixels: int = Field(default=40_000_000, ge=1)
    """Width times height of its first frame."""
    max_side_px: int = Field(default=32_768, ge=1)
    """Of its longer side."""
    max_frames: int = Field(default=500, ge=1)
    """Of an animation, of which only the first is shown to the model."""
    max_cpu_s: float = Field(default=4.0, gt=0, le=600)
    """CPU time that decoding one may take; then its process is ended and it is refused."""


class IdentitySettings(StrictSettings):
    """Who may use the service."""

    keys_file: str | None = None
    """API keys made by `brainwav keys`; without one only loopback may be served."""
    audit_file: str | None = None
    """Who did what (`docs/how-to/give-keys.md`); by default `audit.jsonl` beside the key file,
    without keys beside the index."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose X-Forwarded-For is believed. The peer a replica sees is
    Serve's own HAProxy, so behind an edge name its address and 127.0.0.1."""
    allowed_hosts: tuple[str, ...] = ()
    """Names the service is asked by (`search.example`, `*.example.org`, with a port where only
    that one counts), besides those of loopback. Without API keys no other is answered; with
    keys and nothing listed every name is, since a page that guesses one still has no key."""

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        parse_networks(value)
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        KnownHosts(value)
        return value

    @property
    def known_hosts(self) -> KnownHosts:
        """The names that are answered."""
        return KnownHosts(
            self.allowed_hosts, any_name=bool(self.keys_file) and not self.allowed_hosts
        )


class LimiterSettings(StrictSettings):
    """Where token buckets live."""

    file: str | None = None
    """Of the RateLimiter; by default `buckets.sqlite` beside a local index."""
    redis_url: str | None = None
    """Buckets in Redis instead, for clusters of several nodes; needs the extra `redis`."""
    timeout_s: float = Field(default=1.0, gt=0)
    """After it a replica decides by its own share. A lease lives a second, counted from the
    question, so that a longer wait brings nothing."""


class SloSettings(StrictSettings):
    """What the service promises."""

    file: str | None = None
    """Objectives in OpenSLO v1; by default those that come with the service."""


class ConnectionSettings(StrictSettings):
    """Bounds on connections, kept by HAProxy on each node."""

    most: int = Field(default=8192, ge=64, le=1_000_000)
    """At once, of all sources; fewer where a process may not open two and a half files for each."""
    most_per_source: int = Field(default=1024, ge=1, le=1_000_000)
    """Of one address, an IPv6 one with its /64; sources in `trusted_proxies` are exempt. Ten times
    what a large pool of connections holds, an eighth of all places."""
    head_s: int = Field(default=10, ge=1, le=3600)
    """For a request's head, silence before it included."""
    idle_s: int = Field(default=30, ge=1, le=3600)
    """Between two requests; a connection whose first request was refused as none is closed at
    once, and so is every one after its answer while three quarters of all places are taken."""
    stalled_s: int = Field(default=60, ge=1, le=86_400)
    """So long a client may neither send what it announced nor take what it asked for. Longer than
    `heartbeat_s` of the Ingress, or quiet streams are cut."""


class HttpSettings(StrictSettings):
    """What browsers may do, and how many may be connected."""

    cors_origins: tuple[str, ...] = ()
    """Origins whose pages may call the service (`https://shop.example`); none by default. `*`
    stands for all, where API keys are in force."""

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return listed_origins(value)

    connections: ConnectionSettings = Field(default_factory=ConnectionSettings)


class ElectricityMapsSettings(StrictSettings):
    """An online source of carbon intensities; nothing is asked unless this is given."""

    url: str = Field(default="https://api.electricitymap.org/v3", pattern="^https?://")
    """Of the service, or of anything that answers like it."""
    zone: str = Field(pattern="^[A-Za-z0-9-]{2,32}$")
    """As the service names the grid, such as DE."""
    token_file: str | None = None
    """Holds the token; no secret stands in this file."""
    refresh_s: float = Field(default=900.0, ge=60)
    """So long one answer is used."""


class EnergySettings(StrictSettings):
    """How a node's power is known, and what its electricity emits."""

    source: Literal["codecarbon", "linear"] = "codecarbon"
    """`linear`: `idle_w` plus `cpu_max_w` by CPU load, for machines without sensors."""
    cpu_max_w: float | None = Field(default=None, gt=0)
    """The processors at full load, where codecarbon misjudges them; counters go first."""
    ram_w: float | None = Field(default=None, ge=0)
    """The memory, taken for a constant."""
    idle_w: float | None = Field(default=None, ge=0)
    """Of the whole node; without it, it is found by watching."""
    pue: float = Field(default=1.0, ge=1.0)
    """The building's energy for a joule of the machine's."""
    country: str = Field(default="WORLD", pattern="^[A-Z]{3,5}$")
    """Three letters such as DEU; its yearly mean comes with codecarbon."""
    intensity_file: str | None = None
    """Hours as CSV: `hour,g_per_kwh`."""
    electricity_maps: ElectricityMapsSettings | None = None
    embodied_g: float = Field(default=1_000_000.0, ge=0)
    """Emissions of making the machine."""
    lifespan_years: float = Field(default=4.0, gt=0)
    """Over which those emissions are spread."""
    reserved_share: float = Field(default=1.0, gt=0, le=1)
    """The part of the machine that is this service's."""
    file: str | None = None
    """Of the books; by default `energy.sqlite` beside a local index. The node's host name is
    put before the ending."""

    @model_validator(mode="after")
    def _complete(self) -> "EnergySettings":
        if self.source == "linear" and (self.idle_w is None or self.cpu_max_w is None):
            raise ValueError("source linear needs idle_w and cpu_max_w")
        return self


class ServiceSettings(StrictSettings):
    """The whole service."""

    model: ModelSettings = Field(default_factory=ModelSettings)
    text_model: TextModelSettings | None = None
    """A sentence encoder of your own (`docs/how-to/use-your-own-text-model.md`); by default
    all-MiniLM-L6-v2."""
    index: IndexSettings = Field(default_factory=IndexSettings)
    pictures: PictureSettings = Field(default_factory=PictureSettings)
    identity: IdentitySettings = Field(default_factory=IdentitySettings)
    limiter: LimiterSettings = Field(default_factory=LimiterSettings)
    http: HttpSettings = Field(default_factory=HttpSettings)
    slo: SloSettings = Field(default_factory=SloSettings)
    energy: EnergySettings = Field(default_factory=EnergySettings)
    llm: LlmSettings | None = None
    """A language model that plans (`docs/how-to/plan-with-a-language-model.md`); by default there
    is none."""

    @model_validator(mode="after")
    def _pages_need_keys(self) -> "ServiceSettings":
        if ANY in self.http.cors_origins and not self.identity.keys_file:
            raise ValueError(
                "http.cors_origins: `*` needs identity.keys_file: without keys every "
                "web page that somebody on this machine opens could write here"
            )
        return self


def slo_file_of(settings: ServiceSettings) -> Path:
    """Return the file of the objectives in force."""
    return FILE if settings.slo.file is None else Path(settings.slo.file)
