#!/usr/bin/env bash
# Writes the lock files: versions and hashes for every platform, no index addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() {
  .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes \
    --no-header --no-emit-index-url --quiet "$@"
}
grep -oE 'uv==[0-9.]+' pyproject.toml | compile - --output-file requirements/bootstrap.lock
compile -c requirements/constraints.in pyproject.toml --output-file requirements/runtime.lock
compile -c requirements/runtime.lock pyproject.toml --group dev --output-file requirements/dev.lock
# What a test runs against the service, in environments of its own.
compile requirements/clients.in --output-file requirements/clients.lock
for folder in clients-node axe-node; do
  (cd "requirements/$folder" && npm install --package-lock-only --ignore-scripts \
    --omit-lockfile-registry-resolved --silent)
done
