"""Take the pictures of the documentation: a running service's console and Ray's dashboard."""

import argparse
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from deployments.local.dashboard_sign_in import COOKIE

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "pictures"
GOAL = "a striped mug and a lamp of the same colour, both under 50"
PAGES = {
    "console-search": "#/search?namespace=demo&query=striped+red+mug",
    "console-documents": "#/documents?namespace=demo",
    "console-plan": f"#/plan?namespace=demo&goal={GOAL.replace(' ', '+')}",
    "console-map": "#/map?namespace=demo&field=colour",
    "console-operations": "#/operations",
}
SIZE = {"width": 1100, "height": 800}
QUALITY = 70


def main() -> None:
    """Open each page, do what it is for, and keep what is seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--chromium", type=Path, default=Path("/usr/bin/chromium"))
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--dashboard", help="Ray's; its token is read from --token")
    parser.add_argument("--token", type=Path, default=Path(".brainwav/ray_token"))
    args = parser.parse_args()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(args.chromium))
        for name, place in PAGES.items():
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            page.goto(f"{args.url}/{place}")
            ready(page, name)
            keep(page, args.out / f"{name}.webp")
        if args.dashboard:
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            token = args.token.read_text().strip()
            page.context.add_cookies([{"name": COOKIE, "value": token, "url": args.dashboard}])
            page.goto(f"{args.dashboard}/#/serve")
            page.get_by_text("IndexWriter").first.wait_for()
            page.wait_for_load_state("networkidle")
            keep(page, args.out / "ray-dashboard.webp")
        browser.close()


def keep(page: Page, path: Path) -> None:
    """Write what is seen, and close the page."""
    Image.open(BytesIO(page.screenshot())).save(path, quality=QUALITY, method=6)
    print(f"wrote {path}, {path.stat().st_size} bytes")
    page.close()


def ready(page: Page, name: str) -> None:
    """Do what a page waits for, and wait for what it shows."""
    page.wait_for_selector("h1")
    if name == "console-plan":
        page.get_by_role("button", name="Plan", exact=True).click()
        page.get_by_role("heading", name="Answer").wait_for()
    page.wait_for_load_state("networkidle")


if __name__ == "__main__":
    main()
