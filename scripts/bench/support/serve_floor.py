"""The least that a graph of two Serve deployments adds to a model: what the service is held to.

A front that parses nothing but the body and a deployment that prepares and encodes one item on
a thread of its own, so that its event loop stays free. No validation, no limits, no batching, no
metrics. `scripts/bench/embed.py` deploys it beside the service, behind the same proxy; so does
`scripts/bench/search_over_http.py` with a deployment that answers the same bytes to everything.
"""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ray import serve
from ray.serve import Application
from ray.serve.handle import DeploymentHandle

PREFIX = "/floor"


@serve.deployment(ray_actor_options={"num_cpus": 0.1})
class FloorModel:
    """Encodes one text or one picture at a time."""

    def __init__(self, settings: dict[str, Any], precision: str, threads: int) -> None:
        self._thread = ThreadPoolExecutor(1)
        # All of torch on one thread: another that ever ran a parallel region keeps a team of
        # threads, and with two teams OpenMP lets none spin, which costs 3 ms a pass.
        self._encoder = self._thread.submit(_encoder, settings, precision, threads).result()

    async def encode(self, item: str | bytes) -> Any:
        """Return one vector."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._encode, item)

    def _encode(self, item: str | bytes) -> Any:
        if isinstance(item, str):
            tower = self._encoder.joint_text
            return tower.encode(tower.prepare([item]))[0]
        return self._encoder.picture.encode([self._encoder.picture.prepare(item)])[0]


@serve.deployment(ray_actor_options={"num_cpus": 0.1})
class FloorAnswer:
    """Answers everything with as many bytes, at once."""

    def __init__(self, answer_bytes: int) -> None:
        self._answer = json.dumps("a" * max(0, answer_bytes - 2)).encode()

    async def encode(self, item: bytes) -> bytes:
        """Return the bytes."""
        return self._answer


def _encoder(settings: dict[str, Any], precision: str, threads: int) -> Any:
    import torch

    from retrieval.clip.encoder import ModelSpec, build_encoder
    from retrieval.clip.pictures.decode import PictureLimits

    torch.set_num_threads(threads)
    spec = ModelSpec(settings["model"], settings.get("pretrained"))
    encoder = build_encoder(spec, PictureLimits())
    if precision == "bf16":
        encoder.cast(torch.bfloat16)
    return encoder


class FloorApp:
    """An ASGI application without a framework."""

    model: DeploymentHandle

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a POST of a text or of a picture with its vector."""
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        item = body.decode() if scope["path"].endswith("/text") else body
        vector = await self.model.encode.remote(item)
        answer = vector if isinstance(vector, bytes) else json.dumps(vector.tolist()).encode()
        length = str(len(answer)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


@serve.deployment(ray_actor_options={"num_cpus": 0.1})
@serve.ingress(FloorApp())
class FloorFront:
    """Takes requests and calls the model's deployment."""

    def __init__(self, model: DeploymentHandle) -> None:
        FloorApp.model = model


def build(args: dict[str, Any]) -> Application:
    """Build the application; ``args`` are those of ``FloorModel``."""
    return FloorFront.bind(FloorModel.bind(args["settings"], args["precision"], args["threads"]))


def build_answering(args: dict[str, Any]) -> Application:
    """Build the application that computes nothing; ``args`` are those of ``FloorAnswer``."""
    return FloorFront.bind(FloorAnswer.bind(args["answer_bytes"]))
