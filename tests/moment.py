"""The instant at which time stands still in the tests."""

from __future__ import annotations

from datetime import UTC, datetime

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
"""11:00 in Helsinki, a Sunday."""
