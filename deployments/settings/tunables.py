"""`user_config` of each deployment: it changes in place while requests run."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from api.access.rate_settings import Overload, RateLimits
from api.bodies.limits import MIB, RequestLimits
from deployments.settings.service import IndexSettings
from deployments.settings.strict import StrictSettings


class MemoryTunables(StrictSettings):
    """A replica's own bound of memory; above it Serve replaces that replica, and no other."""

    max_growth_mib: int | None = Field(default=1024, ge=64)
    """Beyond what it held when it was ready, its child processes included, and at most half of
    what the machine had left; null: no bound. At a quarter more it ends at once."""


class EmbedderTunables(StrictSettings):
    """Bounds of a batch and of the queue."""

    memory: MemoryTunables = MemoryTunables(max_growth_mib=3072)
    max_batch_items: int = Field(default=32, ge=1)
    """Of one forward pass."""
    max_batch_cost: int = Field(default=4096, ge=1)
    """Tokens of a text batch."""
    max_queue_items: int = Field(default=2048, ge=1)
    """That wait; more get 503."""
    max_background_items: int = Field(default=8, ge=1)
    """Of a batch of documents that are written, or of a bulk job: a query waits for one such batch
    at most, but while queries fill all batches: then every ninth is one of documents."""
    max_background_s: float = Field(default=0.1, gt=0)
    """Such a batch takes about so long, by what the last ones took; a dearer item travels alone."""
    objective_s: float = Field(default=0.1, gt=0)
    """A call that takes longer is slow to `autoscaling.slo_policy`."""
    least_free_bytes: int = Field(default=64 * MIB, ge=0)
    """Of the device's memory; with less the service says that it is not ready."""


class SearchTunables(StrictSettings):
    """Bounds of the read path."""

    memory: MemoryTunables = MemoryTunables(max_growth_mib=4096)
    max_concurrent_searches: int = Field(default=8, ge=1)
    """More would only fight over the same cores; the rest wait their turn."""
    objective_s: float = Field(default=0.1, gt=0)
    """A search that takes longer, waiting included, is slow to `autoscaling.slo_policy`."""
    held_mib: int = Field(default=1024, ge=0)
    """Memory for namespaces that are searched: about 4 MiB for a thousand documents of 40 words.
    What does not fit is searched on disk. One that is read anew takes as much again meanwhile.
    0 holds nothing."""
    other_indexes: tuple[IndexSettings, ...] = ()
    """Of other models, while `brainwav reembed` switches: a query is answered from the index
    of the model that encoded it. Folders are absolute here."""


class JobTunables(StrictSettings):
    """How many jobs may wait, how long, and in which pieces they are worked off."""

    max_jobs: int = Field(default=1000, ge=1)
    """That have not ended, of all clients; more are answered 507."""
    max_jobs_per_client: int = Field(default=32, ge=1)
    """More are answered 429."""
    max_bytes: int = Field(default=8192 * MIB, ge=1)
    """Of documents that wait on disk, of all clients; more are answered 507."""
    max_bytes_per_client: int = Field(default=2048 * MIB, ge=1)
    """More are answered 429, but for its first job."""
    longest_s: float = Field(default=7 * 24 * 3600.0, gt=0)
    """A job that has not ended so long after it was accepted fails (`job_expired`)."""
    kept_s: float = Field(default=7 * 24 * 3600.0, gt=0)
    """So long a job that ended can be asked for, of each client the last 200."""
    piece_documents: int = Field(default=64, ge=1)
    """Documents of a job that are written at once; another client's job has its turn after them."""
    piece_bytes: int = Field(default=MIB, ge=1)
    """Of the same: after so many bytes of texts and pictures a piece ends."""
    at_once: int = Field(default=2, ge=1, le=16)
    """Jobs that are worked off at a time, each of another client."""


class WriterTunables(StrictSettings):
    """When the writer tidies up."""

    memory: MemoryTunables = MemoryTunables(max_growth_mib=6144)
    maintenance_interval_s: float = Field(default=5.0, gt=0)
    """Pause between looks at what is due; nothing is done where nothing is."""
    max_waiting_documents: int = Field(default=20_000, ge=1)
    """For a commit; more get 503. A long text counts as one for each 16 of its passages."""
    jobs: JobTunables = JobTunables()
    purge_deleted_after_s: float = Field(default=3600.0, ge=0)
    """So long deletes are gathered before a namespace's files are written anew without them; ten
    minutes later the old files are removed (`docs/explanation/security.md`)."""
    paused_until: AwareDatetime | None = None
    """Until then writes are refused (503), for half an hour from being told at most. A lease: where
    whoever asked for it dies, writing goes on by itself. Setting the clock does not change it."""
    other_indexes: tuple[IndexSettings, ...] = ()
    """As in `SearchTunables`: Embedders of these models may start, nothing is written there."""


class IngressTunables(StrictSettings):
    """What one request may hold and how long it may take."""

    memory: MemoryTunables = MemoryTunables(max_growth_mib=2048)
    limits: RequestLimits = Field(default_factory=RequestLimits)
    rate_limits: RateLimits = Field(default_factory=RateLimits)
    overload: Overload = Field(default_factory=Overload)
    model_aliases: dict[
        Annotated[str, Field(min_length=1, max_length=128)], Annotated[str, Field(min_length=1)]
    ] = Field(default_factory=dict)
    """Other names under which `/v1` serves a model, such as `text-embedding-3-small`; each leads to
    a served name, or to `text` or `joint`, the space whose model answers whichever it is."""
    read_deadline_s: float = Field(default=30.0, gt=0)
    """For embedding, searching and reading."""
    write_deadline_s: float = Field(default=120.0, gt=0)
    """For writing and deleting."""
    probe_deadline_s: float = Field(default=5.0, gt=0)
    """For each component that `/health` uses."""
    heartbeat_s: float = Field(default=10.0, gt=0)
    """Silence after which a stream says that it still lives."""
    slow_reader_s: float = Field(default=30.0, gt=0)
    """A stream whose reader takes nothing for so long is closed; it can be resumed."""
    drain_s: float | None = Field(default=None, ge=0)
    """A replica that goes takes new connections so long; null for what `brainwav up` sets, 3 s."""


class PlannerTunables(StrictSettings):
    """Bounds of planning; a request's own budget is bounded by `agents.budget.CAPS`."""

    memory: MemoryTunables = MemoryTunables(max_growth_mib=1024)
    read_deadline_s: float = Field(default=30.0, gt=0)
    """For one call to the index; a run's own deadline is nearer as a rule."""
    vocabulary_share: float = Field(default=0.5, gt=0, lt=1)
    """Of a run's deadline: so long it waits for the newest vocabulary to be built."""
    max_vocabularies: int = Field(default=8, ge=1)
    """Namespaces whose vocabulary is kept."""
    max_followed_runs: int = Field(default=32, ge=1)
    """Runs that are streamed at once."""
    max_run_bytes: int = Field(default=8 * MIB, ge=1024)
    """Of events kept for one run; a reader that is further behind is told of the gap."""
    max_kept_runs: int = Field(default=64, ge=0)
    """Finished runs that can still be read."""
    max_kept_bytes: int = Field(default=64 * MIB, ge=0)
    """Of their events together."""
    kept_run_s: float = Field(default=900.0, gt=0)
    """A finished run is read so long; it quotes documents, and these may be deleted."""
    abandoned_after_s: float = Field(default=5.0, ge=0)
    """A streamed run that nobody follows for so long is cancelled."""


class BranchTunables(StrictSettings):
    """Bounds of a ThoughtBranch replica."""

    memory: MemoryTunables = MemoryTunables(max_growth_mib=1024)
    read_deadline_s: float = Field(default=30.0, gt=0)
    """For one call to the index; the branch's own deadline is nearer as a rule."""
    max_vocabularies: int = Field(default=4, ge=1)
    """Kept per replica; a missing one is sent along with the next call."""


class ProfileSettings(StrictSettings):
    """What replicas do differently in a mode; null leaves a bound as it is configured."""

    max_batch_items: int | None = Field(default=None, ge=1)
    """Of one forward pass."""
    max_wait_ms: float = Field(default=0.0, ge=0, le=1000)
    """A batch that is not full waits so long for more items."""
    model_threads: int | None = Field(default=None, ge=1)
    """Forward passes at a time on one replica."""
    max_concurrent_searches: int | None = Field(default=None, ge=1)
    """On one replica."""
    cached_vectors: int = Field(default=0, ge=0)
    """Vectors kept by content, per Embedder replica."""
    cheap_precision: bool = False
    """Encode what is not stored in bf16 where the quality gate lets it."""


class AutoSettings(StrictSettings):
    """When mode `auto` saves; without any rule it never does."""

    eco_above_g_per_kwh: float | None = Field(default=None, gt=0)
    """Eco while the grid emits more than this."""
    eco_hours_utc: tuple[Annotated[int, Field(ge=0, le=23)], ...] = ()
    """Eco in these hours of the day."""
    power_budget_w: float | None = Field(default=None, gt=0)
    """Power cap while the node draws more than this."""
    min_dwell_s: float = Field(default=300.0, ge=0)
    """A mode lasts at least so long, but where latency is in danger."""
    latency_objectives_s: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """95th percentile by endpoint that no saving may break."""
    headroom: float = Field(default=0.8, gt=0, le=1)
    """A saving mode is left when this part of an objective is used up."""


class EnergyTunables(StrictSettings):
    """The mode, what modes do, and what is worth a warning."""

    memory: MemoryTunables = MemoryTunables(max_growth_mib=512)
    mode: Literal["full", "eco", "power_cap", "auto"] = "full"
    """An administrator's later choice stays until this is changed."""
    eco: ProfileSettings = ProfileSettings(
        max_wait_ms=20.0, cached_vectors=20_000, cheap_precision=True
    )
    power_cap: ProfileSettings = ProfileSettings(
        max_batch_items=8, model_threads=1, max_concurrent_searches=2
    )
    power_cap_w: float | None = Field(default=None, gt=0)
    """Total power to stay under in `power_cap`: model threads pause between batches."""
    auto: AutoSettings = AutoSettings()
    warn_power_w: float | None = Field(default=None, gt=0)
    """Mean of a minute above which a warning is written."""
    warn_request_j: float | None = Field(default=None, gt=0)
    """Energy of one request above which a warning is written."""
    max_kept_requests: int = Field(default=20_000, ge=0)
    """Whose settled figure can be read."""
    requests_kept_s: float = Field(default=600.0, gt=0)
    """So long it can be read."""


class RateLimiterTunables(StrictSettings):
    """No limits: those are the Ingress'."""

    memory: MemoryTunables = MemoryTunables(max_growth_mib=512)


class HubTunables(StrictSettings):
    """How the hub keeps and shows its totals."""

    memory: MemoryTunables = MemoryTunables(max_growth_mib=1024)
    save_interval_s: float = Field(default=1.0, gt=0)
    """Totals are written so often; a restart between two writes loses nothing, since pushes
    are cumulative."""
    mirror_to_ray: bool = True
    """Show the same series in Ray's own metrics, for its dashboard."""


USER_CONFIGS: dict[str, type[StrictSettings]] = {
    "Embedder": EmbedderTunables,
    "HybridSearch": SearchTunables,
    "IndexWriter": WriterTunables,
    "Ingress": IngressTunables,
    "Planner": PlannerTunables,
    "ThoughtBranch": BranchTunables,
    "RateLimiter": RateLimiterTunables,
    "MetricsHub": HubTunables,
    "EnergyMeter": EnergyTunables,
}
"""The model of each deployment's `user_config`."""


def memory_of(deployment: str) -> MemoryTunables:
    """Return the bound of a deployment that says nothing of it."""
    tunables = USER_CONFIGS.get(deployment)
    return MemoryTunables() if tunables is None else getattr(tunables(), "memory", MemoryTunables())
