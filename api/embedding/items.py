"""Texts and pictures in a body: their place in it, what they cost, and their content, checked."""

from collections.abc import Sequence

from api.access.route_rules import EMBED
from api.bodies.decoding import read_picture, refuse_picture
from api.dependencies import Context
from api.input_checks import about_pictures, check_picture, check_text, unreadable
from api.schemas.embed import EmbedItem
from retrieval.encoding import ItemReport


def place_of(list_name: str, index: int, item: EmbedItem) -> str:
    """Return where an item stands."""
    part = "text" if item.text is not None else "image_url" if item.image_url else "image_base64"
    return f"{list_name}.{index}.{part}"


def cost_of(item: EmbedItem) -> int:
    """Return as how many items it counts."""
    return 1 if item.text is not None else EMBED.picture_items


async def payload(item: EmbedItem, place: str, ctx: Context) -> str | bytes:
    """Return a text, or a picture's file.

    Raises:
        BadRequest: It cannot be encoded, whatever the model.
    """
    limits = ctx.limits
    if item.text is not None:
        refuse_picture(item.text, place, "send it as `image_base64`")
        return check_text(item.text, place, limits.max_text_characters)
    if item.image_url is not None:
        data = await ctx.fetch_picture(item.image_url, place)
    else:
        data = await read_picture(item.image_base64 or "", place, limits.max_picture_bytes)
    return check_picture(data, place, limits.max_picture_bytes)


def kind_of(items: Sequence[str | bytes]) -> str:
    """Return what an estimate of energy goes by: both kinds cost very differently."""
    pictures = sum(isinstance(item, bytes) for item in items)
    return "text" if not pictures else "picture" if pictures == len(items) else "mixed"


def item_warnings(reports: Sequence[ItemReport], places: Sequence[str]) -> list[dict[str, str]]:
    """Return what is to be said of items that were encoded."""
    unread = [place for report, place in zip(reports, places, strict=True) if report.unreadable]
    about_texts = [unreadable(place, "its vector says little") for place in unread]
    return about_texts + about_pictures(places, reports)
