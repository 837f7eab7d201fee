"""The parts of a GIF file: blocks, each a chain of small ones.

GIF89a (CompuServe, 1990), appendix B.
"""

from retrieval.clip.pictures.formats.parts import Count, PictureParts

MOST_BLOCKS = 100_000
"""16 MiB of full ones are 65,000."""
MOST_JUNK_BYTES = 4_096
"""Between blocks, where decoders skip it."""
_IMAGE, _EXTENSION, _END = 0x2C, 0x21, 0x3B
_CONTROL, _APPLICATION = 0xF9, 0xFF
_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")


def gif_parts(data: bytes) -> PictureParts:
    """Walk through a GIF file up to its trailer."""
    head = slice(0, 13 + _colours(data[10]))
    position, frames, blocks = head.stop, 0, Count("blocks", MOST_BLOCKS)
    junk = Count("bytes between blocks", MOST_JUNK_BYTES)
    kept, decoded = [head], [head]
    control: slice | None = None
    is_cut = False
    while position < len(data):
        kind, start = data[position], position
        if kind == _END:
            kept.append(slice(position, position + 1))
            position += 1
            break
        if kind not in (_IMAGE, _EXTENSION):
            junk.add()
            position += 1
            continue
        try:
            position = _after_blocks(data, _first_block(data, position), blocks)
        except IndexError:
            if not frames:
                is_cut = _begins_frame(data, position)
                if not is_cut:
                    raise
                piece = slice(start, len(data))
                kept += [piece] if control is None else [control, piece]
                decoded += [piece] if control is None else [control, piece]
                frames = 1
            # Of a whole first frame it is enough: no other is read.
            position = len(data)
            break
        label = data[start + 1]
        application = data[start + 3 : start + 14]
        piece = slice(start, position)
        if kind == _IMAGE:
            frame = [piece] if control is None else [control, piece]
            kept += frame
            if not frames:
                decoded += frame
            frames += 1
            control = None
        elif label == _CONTROL:
            # Of several before an image the last one counts.
            control = piece
        elif label == _APPLICATION and application in _APPLICATIONS:
            kept.append(piece)
    end = min(position, len(data))
    return PictureParts("image/gif", frames, tuple(kept), tuple(decoded), end, is_cut=is_cut)


def _begins_frame(data: bytes, position: int) -> bool:
    """Whether some data of a frame are there."""
    return data[position] == _IMAGE and _first_block(data, position) < len(data)


def _first_block(data: bytes, position: int) -> int:
    if data[position] == _IMAGE:
        return position + 10 + _colours(data[position + 9]) + 1
    return position + 2


def _after_blocks(data: bytes, position: int, blocks: Count) -> int:
    blocks.add()
    while size := data[position]:
        blocks.add()
        position += size + 1
    return position + 1


def _colours(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0
