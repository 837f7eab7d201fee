"""Look up every locked dependency in the PyPI vulnerability database.

Exit status 1: one of them has a known vulnerability. 2: the database could not be asked about
all of them, which is never reported as "nothing found".
"""

import json
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
LOCKS = ("bootstrap", "runtime", "dev")


def main() -> None:
    """Audit each lock file as it stands; nothing is installed or resolved."""
    worst = 0
    for name in LOCKS:
        lock = PROJECT / "requirements" / f"{name}.lock"
        command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes"]
        command += ["--progress-spinner", "off", "--format", "json", "--requirement", str(lock)]
        done = subprocess.run(command, capture_output=True, text=True)
        status, lines = verdict(done.stdout)
        print(f"brAInwav: {lock.relative_to(PROJECT)}: " + "\n  ".join(lines), flush=True)
        if not done.stdout:
            print(done.stderr[-600:], file=sys.stderr)
        worst = max(worst, status)
    sys.exit(worst)


def verdict(report: str) -> tuple[int, list[str]]:
    """Return the exit status and what to say of pip-audit's JSON; empty if it had no answer."""
    if not report.strip():
        return 2, ["NOT AUDITED: the vulnerability database (pypi.org) could not be asked"]
    packages = json.loads(report)["dependencies"]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    found = [
        f"{package['name']} {package['version']}: {hole['id']}, "
        f"fixed in {', '.join(hole['fix_versions']) or 'no release yet'}"
        for package in packages
        for hole in package.get("vulns", ())
    ]
    lines = [f"{len(packages) - len(skipped)} packages audited, {len(found)} known holes", *found]
    if skipped:
        lines.append(
            f"NOT AUDITED: {len(skipped)} packages the database did not know or did not answer "
            f"for ({', '.join(skipped[:3])}, …); without a network to pypi.org these are all"
        )
    return max(1 if found else 0, 2 if skipped else 0), lines


if __name__ == "__main__":
    main()
