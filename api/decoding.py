"""Base64 and data URIs of requests, refused with the place they stand at."""

import base64
import binascii
import re

from api.errors import BadRequest, at

DATA_URI = re.compile(r"data:(?P<mime>[\w.+/-]+)?(?:;[\w=.+-]+)*?;base64,", re.ASCII)


def picture_bytes(value: str, place: str) -> bytes:
    """Decode base64, with or without a ``data:`` prefix.

    Raises:
        BadRequest: Not base64, naming ``place``.
    """
    prefix = DATA_URI.match(value[:256])
    encoded = value[prefix.end() :] if prefix else value
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequest(
            f"{place} is not valid base64: {error}", "invalid_base64", at(place, value)
        ) from None
