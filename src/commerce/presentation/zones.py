"""How a time zone looks to a reader."""

from datetime import datetime


def zone_name(local: datetime) -> str:
    """Name of the zone of a local instant: ``CEST``, or ``UTC+03`` where the zone has no letters of its own."""
    name = local.tzname() or ""
    if name.isalpha():
        return name
    offset = f"{local:%z}"
    return f"UTC{offset[:-2]}" if offset.endswith("00") else f"UTC{offset}"
