"""Where postal codes lie, and which lie within so many kilometres of one.

Approximate by its nature: a postal code is one point (GeoNames), whatever the size of its area, and distances are from
point to point along the great circle. A code of PO boxes lies where the street delivery of the same four digits does; a
company's own code, at the middle of its municipality weighted by population.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import asin, cos, degrees, radians, sin, sqrt
from types import MappingProxyType

from schemas import codes

EARTH_KM = 6371.0088
"""Mean radius (IUGG)."""

Point = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""


@cache
def points() -> Mapping[str, Point]:
    """Postal code to its point; codes of which nothing is known are not in it."""
    rows = codes.rows("postal_codes")
    own = {row["postal_code"]: (float(row["latitude"]), float(row["longitude"])) for row in rows if row["latitude"]}
    nearby: dict[tuple[str, str], Point] = {}
    masses: dict[str, tuple[float, float, float]] = {}
    for row in rows:
        if (point := own.get(row["postal_code"])) is not None:
            nearby.setdefault((row["municipality_code"], row["postal_code"][:4]), point)
            weight = float(row["population_2022"] or 0) + 1
            total, north, east = masses.get(row["municipality_code"], (0.0, 0.0, 0.0))
            masses[row["municipality_code"]] = (total + weight, north + weight * point[0], east + weight * point[1])
    middles = {code: (north / total, east / total) for code, (total, north, east) in masses.items()}
    found = {}
    for row in rows:
        municipality, code = row["municipality_code"], row["postal_code"]
        point = own.get(code) or nearby.get((municipality, code[:4])) or middles.get(municipality)
        if point is not None:
            found[code] = point
    return MappingProxyType(found)


def kilometres(one: Point, other: Point) -> float:
    """Along the great circle (haversine)."""
    north, east = radians(other[0] - one[0]), radians(other[1] - one[1])
    half = sin(north / 2) ** 2 + cos(radians(one[0])) * cos(radians(other[0])) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))


def within(postcode: str, km: float) -> list[str]:
    """The postal codes whose point is at most so far from this one's, itself among them; ``KeyError`` when unknown."""
    centre = points()[postcode]
    band = degrees(km / EARTH_KM) + 1e-6  # farther than that to the north or south, nothing is within km
    return [
        code
        for code, point in points().items()
        if abs(point[0] - centre[0]) <= band and kilometres(centre, point) <= km
    ]
