"""The drawn catalogue: determinism, coverage, pictures that open."""

import itertools
import json
from io import BytesIO

import pytest
from PIL import Image

from retrieval.catalogue.products import PICTURE_PX, looks, products
from retrieval.catalogue.shapes import SHAPES, silhouette
from retrieval.catalogue.surfaces import COLOURS, PATTERNS
from scripts.dev import make_demo_catalogue

SAMPLE = 40
MAX_PICTURE_BYTES = 40_000


@pytest.fixture(scope="module")
def sample():
    """Return a few products of seed 0."""
    return list(products(SAMPLE))


def test_equal_seeds_give_equal_products(sample):
    """Whoever draws the catalogue again gets the same bytes."""
    assert list(products(SAMPLE)) == sample


def test_a_product_does_not_depend_on_the_count(sample):
    """A larger catalogue begins with the smaller one."""
    assert list(products(5)) == sample[:5]


def test_another_seed_gives_other_pictures(sample):
    """The seed reaches the drawing, not only the words."""
    other = products(SAMPLE, seed=1)
    assert all(a.picture != b.picture for a, b in zip(sample, other, strict=True))


def test_products_are_drawn_only_when_asked_for():
    """A huge catalogue costs nothing until it is read."""
    first = next(products(10**9))
    assert first.sku == "BW-000000"


def test_every_combination_comes_once_before_any_comes_again():
    """One round of looks is the full product of kinds, colours and patterns."""
    seen = [(look.kind, look.colour, look.pattern) for look in looks()]
    assert sorted(seen) == sorted(itertools.product(SHAPES, COLOURS, PATTERNS))


def test_skus_are_unique(sample):
    """A SKU names one product."""
    assert len({product.sku for product in sample}) == SAMPLE


def test_pictures_are_small_rgb_pngs(sample):
    """Decoding the catalogue stays cheap."""
    for product in sample:
        picture = Image.open(BytesIO(product.picture))
        picture.load()
        assert (picture.format, picture.mode, picture.size) == ("PNG", "RGB", (PICTURE_PX,) * 2)
        assert len(product.picture) <= MAX_PICTURE_BYTES


def test_prices_are_positive_and_in_whole_cents(sample):
    """A price has at most two decimals."""
    assert all(p.price > 0 and p.price == round(p.price, 2) for p in sample)


def test_every_product_says_its_colour(sample):
    """Keyword search can find a product by what its picture shows."""
    for product in sample:
        assert product.look.colour in f"{product.name} {product.description}".lower()


@pytest.mark.parametrize("kind", SHAPES)
def test_a_silhouette_fills_some_of_its_square_but_not_all(kind):
    """Neither an empty mask nor a full one could be told from another kind."""
    filled = silhouette(kind, 64).histogram()[255] / 64**2
    assert 0.05 < filled < 0.75


def test_no_two_kinds_share_a_silhouette():
    """Every word has a shape of its own."""
    assert len({silhouette(kind, 64).tobytes() for kind in SHAPES}) == len(SHAPES)


@pytest.fixture
def run_script(monkeypatch):
    """Return a function that runs the script with some arguments."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["make_demo_catalogue", *map(str, arguments)])
        make_demo_catalogue.main()

    return run


def files(root):
    """Return every file's bytes by its path under ``root``."""
    return {p.relative_to(root): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_the_script_writes_the_same_bytes_twice(tmp_path, run_script):
    """The same arguments give byte-identical files."""
    for name in ("one", "two"):
        run_script("--out", tmp_path / name, "--count", 3)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_every_line_of_the_script_names_a_picture(tmp_path, run_script):
    """The paths in products.jsonl are relative to its folder and exist."""
    run_script("--out", tmp_path, "--count", 3)
    lines = (tmp_path / "products.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 3
    assert all((tmp_path / json.loads(line)["picture"]).is_file() for line in lines)


@pytest.mark.parametrize("bad", [["--count", "0"], ["--count", "ten"], ["--seed", "-1"]])
def test_the_script_names_a_bad_argument(bad, tmp_path, run_script, capsys):
    """A bad argument is refused by name before anything is written."""
    with pytest.raises(SystemExit) as stop:
        run_script("--out", tmp_path / "out", *bad)
    assert stop.value.code == 2
    assert bad[0] in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_the_script_says_when_it_cannot_write(tmp_path, run_script):
    """A file in the way is an error in words, not a traceback."""
    (tmp_path / "out").write_text("")
    with pytest.raises(SystemExit, match="brAInwav: "):
        run_script("--out", tmp_path / "out", "--count", 1)
