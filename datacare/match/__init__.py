"""The matcher: a customer's rows compared with the register. It puts out ids and scores alone, never a register's cell.

``index`` (built once per snapshot) → ``engine`` (candidates, agreements, one probability) → ``decisions`` (auto, none,
review). ``registered`` reads a snapshot, ``tables`` any table with mapped columns.
"""

from datacare.match.decisions import Limits as Limits, decide as decide
from datacare.match.engine import (
    BEST as BEST,
    NOTHING_TAUGHT as NOTHING_TAUGHT,
    Matched as Matched,
    Taught as Taught,
    match as match,
)
from datacare.match.index import build_index as build_index
from datacare.match.registered import index_snapshot as index_snapshot
from datacare.match.tables import parties_of as parties_of
