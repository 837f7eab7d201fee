"""The picture of the README shows what was answered."""

from retrieval.catalogue.products import products
from scripts.dev.draw_search import HEAD, SIDE, cut, drawn


def test_each_result_is_a_tile_with_its_picture() -> None:
    """As wide as there are results, each picture in its place."""
    found = list(products(3))
    hits = [{"id": each.sku, "text": each.name, "score": 0.5} for each in found]
    answer = {"results": hits, "total_candidates": 3, "took_ms": 1.0}
    pictures = [each.picture for each in found]
    three, two = (
        drawn("mug", answer, pictures, 0.1),
        drawn("mug", answer | {"results": hits[:2]}, pictures, 0.1),
    )
    assert three.width > two.width
    assert three.crop((20, HEAD, 20 + SIDE, HEAD + SIDE)).getcolors(2) is None


def test_a_long_text_is_cut_and_says_so() -> None:
    """Two lines, and dots for the rest; a short one stays as it is."""
    assert cut("a mug") == ["a mug", ""]
    first, second = cut("a mug of blue china with a wide handle, made to last for a long time")
    assert first == "a mug of blue china with a"
    assert second.endswith(" ...")
