"""Write the next ledger revision from the difference between ``ledger.tables`` and the newest revision.

* ``python scripts/new_migration.py "what changed"`` adds a revision
* ``python scripts/new_migration.py --first`` rewrites 0001 (only until the first release)
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from alembic import command  # noqa: E402
from alembic.config import Config  # noqa: E402

from ledger.engine import open_ledger, sqlite_url  # noqa: E402

VERSIONS = ROOT / "ledger" / "migrations" / "versions"
FIRST = "The first ledger"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("message", nargs="?", help="what the revision changes")
    parser.add_argument("--first", action="store_true", help="rewrite revision 0001")
    chosen = parser.parse_args()
    if chosen.first == bool(chosen.message):
        parser.error("give a message, or --first")
    if chosen.first:
        for old in VERSIONS.glob("*.py"):
            old.unlink()
    number = f"{len(list(VERSIONS.glob('*.py'))) + 1:04d}"
    message = FIRST if chosen.first else chosen.message
    config = Config()
    config.set_main_option("script_location", str(VERSIONS.parent))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    with tempfile.TemporaryDirectory() as directory:
        ledger = open_ledger(sqlite_url(Path(directory) / "ledger.db"))
        with ledger.engine.execution_options(write=True).begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        with ledger.engine.connect() as connection:
            config.attributes["connection"] = connection
            command.revision(config, message=message, rev_id=number, autogenerate=True)
        ledger.engine.dispose()
    written = next(VERSIONS.glob(f"{number}_*.py"))
    text = written.read_text(encoding="utf-8")
    text = re.sub(r" *# ### .* ###\n", "", text)
    written.write_text(re.sub(r"\n{3,}(?!def )", "\n\n", text), encoding="utf-8")
    print(f"wrote {written.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
