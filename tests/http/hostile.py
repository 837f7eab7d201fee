"""Files made to hurt, each named by what it tries."""

import gzip
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

import numpy as np
from PIL import Image

from tests.towers import picture_file

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


def hostile_files() -> Iterator[tuple[str, bytes]]:
    """Yield every hostile file; none may become a stored picture."""
    yield from _empty()
    yield from _truncated()
    yield from _disguised()
    yield from _polyglots()
    yield from _bombs()
    yield from _torn()
    yield from _nested()
    yield from _animated()
    yield from laborious()


def moving_files() -> Iterator[tuple[str, bytes]]:
    """Yield audio and video by their first bytes."""
    yield "wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(32)
    yield "avi", b"RIFF\x24\0\0\0AVI LIST" + bytes(32)
    yield "mp3 with a tag", b"ID3\x04\0\0" + bytes(64)
    yield "mp3 without a tag", b"\xff\xfb\x90\x64" + bytes(64)
    yield "aac", b"\xff\xf1\x50\x80" + bytes(64)
    yield "flac", b"fLaC\0\0\0\x22" + bytes(64)
    yield "ogg", b"OggS\0\x02" + bytes(64)
    yield "mp4", b"\0\0\0\x18ftypisom" + bytes(64)
    yield "mov", b"\0\0\0\x14ftypqt  " + bytes(64)
    yield "m4a", b"\0\0\0\x1cftypM4A " + bytes(64)
    yield "webm", b"\x1aE\xdf\xa3" + bytes(64)
    yield "mpeg", b"\0\0\x01\xba" + bytes(64)


def noisy(form: str, side: int = 48) -> bytes:
    """A picture whose data cannot be guessed from its beginning."""
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *extra: bytes, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG whose header claims any size; its data is four bytes of nothing."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", header) + b"".join(extra) + chunk(b"IDAT", zlib.compress(b"\0" * 4))
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def zip_file() -> bytes:
    """An archive with a script in it."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("evil.sh", "rm -rf /")
        archive.writestr("inner.png", picture_file())
    return file.getvalue()


def _empty() -> Iterator[tuple[str, bytes]]:
    yield "zero-length", b""
    yield "one byte", b"\xff"
    yield "spaces", b" " * 100
    yield "zeros", bytes(1000)


def _truncated() -> Iterator[tuple[str, bytes]]:
    for form in FORMATS:
        whole = noisy(form)
        yield f"{form} cut after its signature", whole[:14]
        yield f"{form} cut in its header", whole[:24]
        yield f"{form} cut in half", whole[: len(whole) // 2]


def _disguised() -> Iterator[tuple[str, bytes]]:
    yield "html", b"<!DOCTYPE html><html><script>alert(1)</script></html>"
    yield "svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    yield (
        "xml with an entity bomb",
        b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "b">]><l>&a;</l>',
    )
    yield "php", b"<?php system($_GET['c']); ?>"
    yield "shell script", b"#!/bin/sh\nrm -rf /\n"
    yield "elf", b"\x7fELF\x02\x01\x01" + bytes(100)
    yield "exe", b"MZ\x90\0" + bytes(100)
    yield "pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"
    yield "postscript", b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n"
    yield "json", b'{"image": true}'
    yield "pickle", b"\x80\x04\x95\x10\0\0\0\0\0\0\0\x8c\x02os\x94."
    for form in ("PPM", "TGA", "PCX", "SGI", "DIB", "EPS"):
        yield f"picture of the forbidden format {form}", picture_file("red", (16, 16), form)


def _polyglots() -> Iterator[tuple[str, bytes]]:
    archive = zip_file()
    for form in FORMATS:
        yield f"{form} and archive", picture_file("red", (20, 10), form) + archive
    yield "png and page", picture_file() + b"<html><script>alert(1)</script>"
    yield "png and program", picture_file() + b"MZ\x90\0" + bytes(60)
    yield "jpeg and php", picture_file(form="JPEG") + b"<?php system('id'); ?>"
    yield "gif and pdf", picture_file(form="GIF") + b"%PDF-1.7"
    yield "gif that is a script", b"GIF89a/*" + bytes(6) + b"*/=1;alert(1)//;"
    yield "bmp that is a script", b"BM=1;alert(1)//" + bytes(60)


def _bombs() -> Iterator[tuple[str, bytes]]:
    yield "png of 2 billion by 2 billion", png(2**31 - 1, 2**31 - 1)
    yield "png of 30000 by 30000", png(30_000, 30_000, depth=1, colour=0)
    yield "png of 40 million by 1", png(40_000_000, 1, depth=1, colour=0)
    yield "png of 0 by 0", png(0, 0)
    yield "gif of 65535 by 65535", b"GIF89a\xff\xff\xff\xff\0\0\0," + bytes(4) + b"\xff" * 4 + b"\0"
    yield "webp of 16384 by 16384", _webp_canvas(16_384)
    yield "bmp of 2 billion by 2 billion", _bmp(2**31 - 1, 2**31 - 1)
    yield "bmp of negative width", _bmp(-5, 5)
    yield "jpeg that claims 65535 by 65535", _jpeg_claiming(65_535)
    yield "jpeg that claims 0 by 0", _jpeg_claiming(0)
    large = zlib.compress(bytes(64 * 2**20), 9)
    yield "png with a text bomb", png(8, 8, chunk(b"zTXt", b"a\0\0" + large))
    yield "png with a profile bomb", png(8, 8, chunk(b"iCCP", b"a\0\0" + large))
    yield "png whose data is a bomb", _png_data_bomb(large)
    yield "png of a million chunks", png(8, 8, *[chunk(b"tEXt", b"")] * 110_000)
    yield "gif of a million blocks", b"GIF89a\1\0\1\0\0\0\0!\xfe" + b"\x01a" * 110_000 + b"\0;"


def _torn() -> Iterator[tuple[str, bytes]]:
    whole = noisy("PNG")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    yield "png with a wrong checksum", bytes(flipped)
    yield "png without data", b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b"")
    yield (
        "png whose chunk is longer than the file",
        whole[:33] + b"\x7f\xff\xff\xffIDAT" + b"x" * 50,
    )
    jpeg = noisy("JPEG")
    yield "jpeg with noise for markers", jpeg[:2] + b"\xff\xe0\0\x04ab" + b"noise" * 40
    yield "jpeg without tables", jpeg[:2] + jpeg[jpeg.index(b"\xff\xda") :]
    yield "webp that is longer than it says", b"RIFF\xff\xff\xff\x7fWEBPVP8 " + bytes(40)
    yield "webp of noise", b"RIFF\x1c\0\0\0WEBPVP8 \x10\0\0\0" + b"noise" * 4
    yield "gif of unknown blocks", b"GIF89a\1\0\1\0\0\0\0" + b"\x99" * 40


def _nested() -> Iterator[tuple[str, bytes]]:
    yield "archive of pictures", zip_file()
    yield "compressed picture", gzip.compress(picture_file(), mtime=0)
    yield "picture in base64", b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ"
    yield "picture after a line", b"\n" + picture_file()
    yield "container of containers", b"RIFF\x20\0\0\0RIFF\x10\0\0\0WEBPVP8 " + bytes(16)


def _animated() -> Iterator[tuple[str, bytes]]:
    frames = [Image.new("P", (4, 4), n % 250) for n in range(600)]
    file = BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], optimize=False)
    yield "gif of 600 frames", file.getvalue()
    yield (
        "png that claims a billion frames",
        png(8, 8, chunk(b"acTL", struct.pack(">II", 10**9, 0))),
    )
    frame = b"ANMF\x10\0\0\0" + bytes(16)
    body = b"WEBPVP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0ANIM\x06\0\0\0" + bytes(6) + frame * 600
    yield "webp of 600 frames", b"RIFF" + struct.pack("<I", len(body)) + body


def laborious() -> Iterator[tuple[str, bytes]]:
    """Small files that are much work: the same bytes gone over again and again."""
    yield "tiff of a million tiles", _tiff_of_tiles()
    yield "jpeg 2000 of 65535 layers", _jpeg2000_of_layers()
    yield "jpeg of 1500 scans", jpeg_of_scans(1_500)
    yield "jpeg of 99 scans over 36 million pixels", jpeg_of_scans(99, 6_000)
    plain = picture_file(form="JPEG")
    yield "jpeg of fill bytes", plain[:2] + b"\xff" * 2_000_000 + plain[2:]
    yield "jpeg of a hundred thousand segments", plain[:2] + b"\xff\xfe\0\2" * 90_000 + plain[2:]
    yield "png of 90000 pieces", png(8, 8, *[chunk(b"IDAT", b"")] * 90_000)
    yield "bmp of single runs", run_length_bmp(b"\1\1" * 2_000_000, 6_000, 1)
    yield "bmp of jumps", run_length_bmp(b"\0\2\xff\xff" * 2_000, 6_300, 1)
    yield "bmp of runs in four bits", run_length_bmp(b"\xff\1" * 200_000, 6_000, 2)


def laborious_but_good() -> Iterator[tuple[str, bytes]]:
    """Yield files that would be as much work, but for parts that no decoder needs to see."""
    profile = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**20)))
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**19)))
    whole = picture_file()
    yield "png of 1500 profiles", whole[:33] + profile * 1_500 + whole[33:]
    yield "png of 3000 compressed texts", whole[:33] + text * 3_000 + whole[33:]
    gif = picture_file(form="GIF")
    head = gif[: gif.index(b",")]
    comment = b"!\xfe" + (b"\xff" + b"a" * 255) * 7_000 + b"\0"
    yield "gif of a long comment", head + comment + gif[len(head) :]
    yield "gif of 40000 controls", head + b"!\xf9\4\0\0\0\0\0" * 40_000 + gif[len(head) :]
    line = BytesIO()
    Image.new("RGB", (32_768, 1), "red").save(line, "PNG")
    yield "png of one line", line.getvalue()


def _tiff_of_tiles() -> bytes:
    """Tiles that all reach far beyond the picture."""
    tags = [(256, 16), (257, 16), (258, 8), (259, 8), (262, 1), (277, 1)]
    tags += [(322, 32_768), (323, 32_768), (324, 8), (325, 8)]
    table = b"".join(struct.pack("<HHII", name, 4, 1, value) for name, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + table + bytes(12)


def _jpeg2000_of_layers() -> bytes:
    """Each of them is a byte in every precinct."""
    file = BytesIO()
    picture = Image.new("RGB", (2_000, 2_000), "red")
    picture.save(file, "JPEG2000", precinct_size=(64, 64), num_resolutions=6)
    whole = file.getvalue()
    place = whole.index(b"\xff\x52") + 6
    return whole[:place] + b"\xff\xff" + whole[place + 2 :]


def jpeg_of_scans(count: int, side: int = 2_000) -> bytes:
    """A progressive picture whose last scan is there again and again."""
    file = BytesIO()
    Image.new("RGB", (side, side), "red").save(file, "JPEG", progressive=True)
    whole = file.getvalue()
    last = whole[whole.rindex(b"\xff\xda") : -2]
    return whole[:-2] + last * count + whole[-2:]


def run_length_bmp(runs: bytes, side: int, compression: int) -> bytes:
    """A bitmap of runs."""
    bits, colours = (8, 256) if compression == 1 else (4, 16)
    offset = 54 + 4 * colours
    info = struct.pack(
        "<IiiHHIIiiII", 40, side, side, 1, bits, compression, len(runs), 0, 0, colours, 0
    )
    head = b"BM" + struct.pack("<III", offset + len(runs), 0, offset)
    return head + info + bytes(4 * colours) + runs


def deep_png(side: int) -> bytes:
    """A good picture of 16 bits and four channels that packs well and takes long to unpack."""
    packer = zlib.compressobj(6)
    row = b"\4" + b"\1" * (8 * side)
    data = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 16, 6, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", data)
    return b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b"")


def _webp_canvas(side: int) -> bytes:
    size = struct.pack("<I", side - 1)[:3]
    body = b"WEBPVP8X\x0a\0\0\0\x02\0\0\0" + size + size + b"ANIM\x06\0\0\0" + bytes(6)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _bmp(width: int, height: int) -> bytes:
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<III", 58, 0, 54) + info + bytes(4)


def _jpeg_claiming(side: int) -> bytes:
    whole = bytearray(noisy("JPEG"))
    frame = whole.index(b"\xff\xc0")
    whole[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    return bytes(whole)


def _png_data_bomb(large: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1999, 1999, 16, 6, 0, 0, 0))
    # Far less than the size calls for: nothing may be made up for the rest.
    data = chunk(b"IDAT", large[: len(large) // 4])
    return b"\x89PNG\r\n\x1a\n" + header + data + chunk(b"IEND", b"")
