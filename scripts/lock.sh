#!/usr/bin/env bash
# Resolve requirements.lock and requirements-dev.lock: hashed, for Python 3.11 to 3.13 on Linux and macOS,
# naming no index. A path to uv may be given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
uv="${1:-uv}"

resolve() {
    local target="$1"; shift
    "$uv" pip compile pyproject.toml --universal --python-version 3.11 --fork-strategy fewest --upgrade --quiet \
        --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
        --only-binary :all: --extra postgres "$@" --output-file "$target"
}

resolve requirements.lock
resolve requirements-dev.lock --group dev --constraints requirements.lock
if grep -nE '(https?|file)://|--(index|find-links|extra)' requirements.lock requirements-dev.lock; then
    echo "lock: a lock file names a host" >&2
    exit 1
fi
