"""Tails of phones pass, two kinds of file in one do not; neither is a matter of chance."""

import struct
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from retrieval.clip.errors import BrokenPicture
from retrieval.clip.pictures.file_parts import picture_parts
from retrieval.clip.pictures.metadata import without_metadata
from retrieval.clip.pictures.tail import other_kind
from tests.http.hostile import zip_file
from tests.towers import picture_file

MIB = 1024 * 1024
JPEG = picture_file(form="JPEG")


def box(kind: bytes, body: bytes) -> bytes:
    """A box of an MP4 film."""
    return struct.pack(">I", 8 + len(body)) + kind + body


def film(seed: int = 0) -> bytes:
    """A film as motion photos append it."""
    data = np.random.default_rng(seed).bytes(300_000)
    return box(b"ftyp", b"mp42\0\0\0\0isommp42") + box(b"moov", bytes(400)) + box(b"mdat", data)


def phone_tails() -> Iterator[tuple[str, bytes]]:
    """Yield what cameras append."""
    yield "zeros", bytes(5_000)
    yield "a film", film()
    samsung = b"\0\0\x30\x0a\x10\0\0\0MotionPhoto_Data" + film(1)
    trailer = b"SEFH\x6b\0\0\0\1\0\0\0\0\0\x30\x0a" + struct.pack("<II", len(samsung), len(samsung))
    yield "a film and a trailer", samsung + trailer + struct.pack("<I", 24) + b"SEFT"
    yield "a second picture", picture_file("blue", (400, 300), "JPEG")
    yield "a depth map", picture_file("gray", (40, 30), "PNG")
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF></rdf:RDF></x:xmpmeta>"
    yield "a picture with notes", JPEG[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(xmp)) + xmp
    yield "a line end", b"\r\n"
    yield "words", b"LIVE_41234567890123456789"


@pytest.mark.parametrize("name", dict(phone_tails()))
def test_what_phones_append_is_no_attack(name: str) -> None:
    """It is accepted, and not stored."""
    data = JPEG + dict(phone_tails())[name]
    assert picture_parts(data).end == len(JPEG)
    assert without_metadata(data) == JPEG


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_chance_refuses_nothing(form: str) -> None:
    """A hundred random megabytes behind a picture."""
    picture = picture_file(form=form)
    for seed in range(25):
        parts = picture_parts(picture + np.random.default_rng(seed).bytes(4 * MIB))
        assert parts.end == len(picture)


PE = b"MZ" + b"\x50\0" + bytes(56) + struct.pack("<I", 64) + b"PE\0\0"
OTHER_KINDS = {
    "archive": zip_file(),
    "archive after a film": film() + zip_file(),
    "archive without its end": zip_file()[:80],
    "archive without its beginning": b"x" * 100 + zip_file()[90:],
    "archive and a remark": zip_file() + b"remark",
    "rar": b"Rar!\x1a\x07\x01\0",
    "seven zip": b"7z\xbc\xaf\x27\x1c\0\4",
    "pdf": b"%PDF-1.7\n1 0 obj",
    "pdf later": bytes(100_000) + b"%PDF-2.0\n",
    "elf": b"\x7fELF\x02\x01\x01" + bytes(20),
    "windows program": b"MZ\x90\0" + bytes(60),
    "windows program of another stub": PE,
    "script": b"\n#!/bin/sh\nrm -rf /\n",
    "php": b"x<?php system('id'); ?>",
    "PHP": b"x<?PHP system('id'); ?>",
    "page": b"<!DOCTYPE html><p>",
    "page in capitals": b"\0\0<HTML><BODY onload=alert(1)>",
    "page after a film": film() + b"<html>\n<script>alert(1)</script>",
    "drawing": b"<svg onload='alert(1)'/>",
    "script element": b"abc<script>alert(1)</script>",
    "element at the end": b"abc<html>",
}


@pytest.mark.parametrize("name", OTHER_KINDS)
@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WEBP", "BMP"])
def test_two_kinds_of_file_in_one_are_refused(form: str, name: str) -> None:
    """Wherever in the tail the other one begins."""
    with pytest.raises(BrokenPicture, match="another kind of file"):
        picture_parts(picture_file(form=form) + OTHER_KINDS[name])


@pytest.mark.parametrize("signature", [b"PK\x03\x04", b"<svg ", b"\x7fELF"])
def test_a_crowd_of_signatures_is_no_chance_and_no_work(signature: bytes) -> None:
    """Each looked at costs time: after a few dozen that fit nothing it is refused."""
    assert other_kind(b"x" + (signature + b"\xff") * 100_000, 0) is not None
    assert other_kind(b"x" + signature[:-1] * 100_000 + b"x", 0) is None


def test_a_tail_is_not_shown_to_the_decoder() -> None:
    """A second picture behind the first makes no multi-picture of it."""
    from retrieval.clip.pictures.decode import PictureLimits, open_picture

    picture = open_picture(JPEG + picture_file("blue", (400, 300), "JPEG"), PictureLimits())
    assert isinstance(picture, Image.Image)
    assert (picture.format, picture.size) == ("JPEG", (20, 10))
