"""Requests that the energy benches send: pictures, albums, and a mix of everything."""

import base64
import json
import time
from io import BytesIO

import numpy as np
from PIL import Image

from scripts.bench.support.energy_load import (
    Make,
    json_request,
    request,
)


def pictures(headers: dict[str, str] | None = None) -> Make:
    """Return requests of one picture each, no two alike: no cache of vectors may help."""
    files = [_jpeg(seed) for seed in range(8)]

    def make(number: int) -> bytes:
        picture = _marked(files[number % len(files)], f"{time.time_ns()}-{number}")
        return _upload(picture, headers or {})

    return make


def albums(headers: dict[str, str] | None = None) -> Make:
    """Return requests of eight pictures each, as whoever indexes a collection sends them."""
    files = [_jpeg(seed) for seed in range(8)]

    def make(number: int) -> bytes:
        marked = (_marked(file, f"{time.time_ns()}-{number}") for file in files)
        inputs = [{"image_base64": base64.b64encode(picture).decode()} for picture in marked]
        return json_request("/embed", {"inputs": inputs}, headers or {})

    return make


def _upload(picture: bytes, headers: dict[str, str]) -> bytes:
    mark = b"bench-boundary"
    body = (
        b"--" + mark + b'\r\nContent-Disposition: form-data; name="modality"\r\n\r\nIMAGE\r\n'
        b"--" + mark + b'\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n'
        b"Content-Type: image/jpeg\r\n\r\n" + picture + b"\r\n--" + mark + b"--\r\n"
    )
    kind = f"multipart/form-data; boundary={mark.decode()}"
    return request("POST", "/embed/multimodal", body, kind, headers)


def _jpeg(seed: int) -> bytes:
    coarse = np.random.default_rng(seed).integers(0, 256, (54, 80, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize((640, 427), Image.Resampling.BICUBIC)
    file = BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()


def _marked(jpeg: bytes, text: str) -> bytes:
    """Return the picture with a comment: other bytes, the same pixels."""
    comment = text.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def mixed() -> Make:
    """Return pictures, texts, searches, writes and plans in turn."""
    picture = pictures()
    words = ("red", "blue", "mug", "bowl", "striped", "dotted", "small", "chair")

    def make(number: int) -> bytes:
        text = f"a {words[number % 8]} {words[number // 8 % 8]} number {number}"
        turn = number % 10
        if turn < 3:
            return picture(number)
        if turn < 5:
            return json_request("/embed", {"inputs": [{"text": text}, {"text": text + " twice"}]})
        if turn < 8:
            return json_request("/search", {"query": text})
        if turn < 9:
            documents = {"documents": [{"id": f"d{number % 500}", "text": text}]}
            body = json.dumps(documents).encode()
            return request("PUT", "/documents", body, "application/json")
        return json_request("/agents/plan", {"goal": text, "budget": {"max_nodes": 8}})

    return make
