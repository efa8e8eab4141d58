#!/usr/bin/env bash
# Splink, the yardstick of the care bench, in an environment of its own: it pins another DuckDB than the product.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python3 -m venv .venv-splink
.venv-splink/bin/pip install --quiet "splink==5.0.0" pyarrow
