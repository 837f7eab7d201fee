"""Where a service keeps its files, as its settings say."""

from pathlib import Path

from deployments import home
from deployments.settings.service import EnergySettings, ServiceSettings
from reliability.books.audit_log import NAME as AUDIT_NAME
from reliability.books.audit_log import audit_file_beside
from retrieval.clip.sentence_spec import FOLDER


def located(settings: ServiceSettings) -> ServiceSettings:
    """Return settings with whole paths.

    Relative ones are the home's (`deployments.home`): replicas have working folders of their own.
    """
    index, identity, llm = settings.index, settings.identity, settings.llm
    if "://" not in index.uri:
        index = index.model_copy(update={"uri": _absolute(index.uri)})
    if identity.keys_file is not None:
        identity = identity.model_copy(update={"keys_file": _absolute(identity.keys_file)})
    if llm is not None and llm.api_key_file is not None:
        llm = llm.model_copy(update={"api_key_file": _absolute(llm.api_key_file)})
    model = settings.model
    if model.pretrained is not None and Path(model.pretrained).suffix:
        # A file's name is what an index remembers, not its folder.
        model = model.model_copy(update={"pretrained": _absolute(model.pretrained)})
    slo = settings.slo
    if slo.file is not None:
        slo = slo.model_copy(update={"file": _absolute(slo.file)})
    text = settings.text_model
    if text is not None and text.model.startswith(FOLDER):
        folder = FOLDER + _absolute(text.model.removeprefix(FOLDER))
        text = text.model_copy(update={"model": folder})
    whole = {
        "model": model,
        "text_model": text,
        "index": index,
        "identity": identity,
        "llm": llm,
        "slo": slo,
    }
    return settings.model_copy(update=whole | {"energy": _energy_located(settings.energy)})


def loaded_from(model: str) -> str:
    """Return a model's name for open_clip: a relative folder is the home's, as all paths are.

    An index goes on knowing it by what stands in the configuration.
    """
    if not model.startswith(FOLDER):
        return model
    return FOLDER + _absolute(model.removeprefix(FOLDER))


def _energy_located(energy: EnergySettings) -> EnergySettings:
    update = {}
    if energy.intensity_file is not None:
        update["intensity_file"] = _absolute(energy.intensity_file)
    maps = energy.electricity_maps
    if maps is not None and maps.token_file is not None:
        token_file = {"token_file": _absolute(maps.token_file)}
        update["electricity_maps"] = maps.model_copy(update=token_file)
    return energy.model_copy(update=update)


def metrics_file(settings: ServiceSettings) -> Path:
    """Return the hub's file."""
    return _beside_index(settings, "metrics.sqlite")


def bucket_file(settings: ServiceSettings) -> Path:
    """Return the file of the token buckets."""
    if settings.limiter.file is not None:
        return Path(_absolute(settings.limiter.file))
    return _beside_index(settings, "buckets.sqlite")


def energy_file(settings: ServiceSettings) -> Path:
    """Return the file of the books of energy; a node puts its host name before the ending."""
    if settings.energy.file is not None:
        return Path(_absolute(settings.energy.file))
    return _beside_index(settings, "energy.sqlite")


def books_file(settings: ServiceSettings) -> Path:
    """Return the writer's file of quotas and remembered answers."""
    return _beside_index(settings, "clients.sqlite")


def jobs_file(settings: ServiceSettings) -> Path:
    """Return the writer's file of jobs; their documents wait in a folder beside it."""
    return _beside_index(settings, "jobs.sqlite")


def audit_file(settings: ServiceSettings) -> Path:
    """Return the audit log: beside the key file, where `brainwav keys` looks for it too."""
    identity = settings.identity
    if identity.audit_file is not None:
        return Path(_absolute(identity.audit_file))
    if identity.keys_file is not None:
        return audit_file_beside(Path(_absolute(identity.keys_file)))
    return _beside_index(settings, AUDIT_NAME)


def _beside_index(settings: ServiceSettings, name: str) -> Path:
    """Return where a file of state lies: beside a local index, else in the home."""
    if "://" in settings.index.uri:
        return home.current() / name
    return Path(settings.index.uri).parent / name


def _absolute(path: str) -> str:
    return str(home.whole(path))
