"""The licence that goes with every extract: a card for people, a signed ODRL policy for programs, and the text that a
message must carry (R033, R040)."""

from __future__ import annotations

CARD = "LICENCE.txt"
POLICY = "LICENCE.jsonld"
"""Names of the two files beside the rows."""
SHEET = "LICENCE.jsonld"
METADATA = "licence_odrl"
"""Where a workbook and a Parquet file carry the policy."""
