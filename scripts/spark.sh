#!/usr/bin/env bash
# The matcher on Spark and on Sail, in environments apart from the product's (docs/big-matching.md):
#   scripts/spark.sh spark|sail         make .venv-spark or .venv-sail: the product's lock and these engines
#   scripts/spark.sh test [spark|sail]  match the sample on them and on DuckDB, and compare every decision
# Sail needs an older pyspark than Spark, so each has an environment of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

check_java() {
    local java="${JAVA_HOME:+$JAVA_HOME/bin/}java" version
    version="$("$java" -version 2>&1 | sed -nE 's/.*version "([0-9]+).*/\1/p' || true)"
    if [ "${version:-0}" -lt 17 ]; then
        echo "spark: Java 17 or newer is needed (found: ${version:-none}). Debian, Ubuntu: apt-get install" \
            "openjdk-17-jre-headless; macOS: brew install openjdk@17; or set JAVA_HOME." >&2
        exit 1
    fi
}

make_environment() {
    local engine="$1" venv=".venv-$1"
    [ "$engine" = sail ] || check_java
    if [ -f "$venv/.installed" ] && cmp -s <(cat requirements-dev.lock "scripts/$engine.txt") "$venv/.installed"; then
        return
    fi
    "${PYTHON:-python3}" -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
        -r requirements-dev.lock
    # pyspark comes as source only; the product's own packages stay as the lock has them.
    "$venv/bin/pip" install --quiet --disable-pip-version-check -c <(grep -oE '^[a-z0-9._-]+==[^ ;]+' requirements-dev.lock) \
        -r "scripts/$engine.txt"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
    cat requirements-dev.lock "scripts/$engine.txt" >"$venv/.installed"
}

run_test() {
    make_environment "$1"
    RAJAUS_TEST_ENGINE="$1" ".venv-$1/bin/python" -m pytest -q -s -p no:xdist -p no:cacheprovider tests/spark/same_decisions.py
}

case "${1:-}" in
spark | sail) make_environment "$1" ;;
test)
    case "${2:-}" in
    spark | sail) run_test "$2" ;;
    "") run_test spark && run_test sail ;;
    *) echo "spark: no such engine: $2" >&2; exit 2 ;;
    esac ;;
*) sed -n '2,5s/^# //p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
