"""Write one page on the service's energy: HTML, or Markdown where the file ends in .md."""

import argparse
import json
import sys
import urllib.request
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from sustainability.page import html, markdown  # noqa: E402  (after the path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--key-file", type=Path, help="holds an API key bound to no namespace")
    parser.add_argument("--out", type=Path, default=Path("energy-report.html"))
    options = parser.parse_args()
    headers = {}
    if options.key_file is not None:
        headers["Authorization"] = f"Bearer {options.key_file.read_text().strip()}"
    message = urllib.request.Request(f"{options.url}/sustainability", headers=headers)
    with urllib.request.urlopen(message, timeout=30) as answer:
        report = json.load(answer)
    page = markdown(report) if options.out.suffix == ".md" else html(report)
    options.out.write_text(page, encoding="utf-8")
    print(f"{options.out}: {report['measured_j'] / 3600:.4g} Wh by {report['method']}")


if __name__ == "__main__":
    main()
