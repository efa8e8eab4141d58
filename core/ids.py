"""Opaque ids: a readable prefix and 80 random bits in lower-case base 32."""

from __future__ import annotations

import base64
import secrets


def new_id(prefix: str) -> str:
    """Return e.g. ``campaign-k5w3…``; never derived from content, never reused."""
    return f"{prefix}-{base64.b32encode(secrets.token_bytes(10)).decode().lower()}"


def org_id(business_id: str) -> int:
    """The Y-tunnus as the register's integer key: ``"0112038-9"`` becomes 1120389."""
    return int(business_id.replace("-", ""))


def business_id(org: int) -> str:
    """Inverse of :func:`org_id`."""
    return f"{org // 10:07d}-{org % 10}"
