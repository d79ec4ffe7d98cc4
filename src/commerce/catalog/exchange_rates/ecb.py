"""The euro foreign exchange reference rates of the European Central Bank: its public XML, read with care.

They are published on the bank's working days at about 16:00 in Frankfurt, for information; the file has no schema of
its own beyond its form.
"""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from commerce.catalog.exchange_rates.rules import PublishedRates
from commerce.kit.remote.http import ProviderSilentError, send_request
from commerce.kit.remote.xml import XmlRefusedError, parse_xml

ECB_URL = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml"
SECONDS, MAX_BYTES = 10, 100_000
"""For the whole answer, which is 2 KB."""

_ENVELOPE = "{http://www.gesmes.org/xml/2002-08-01}Envelope"
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODE = re.compile(r"[A-Z]{3}")
_RATE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_ALWAYS_THERE = "USD"


class RatesRefusedError(ValueError):
    """It is no list of reference rates that can be relied on; the text says why."""


def fetch_reference_rates(*, at: datetime) -> PublishedRates:
    """The rates published last. Raises ``ProviderSilentError`` when nothing came in time, ``RatesRefusedError`` for
    anything but a whole list of rates of a day that has come.
    """
    answer = send_request("GET", ECB_URL, seconds=SECONDS, max_bytes=MAX_BYTES)
    if answer.status != 200:
        raise ProviderSilentError(f"status {answer.status}")
    return read_reference_rates(answer.body, today=at.astimezone(UTC).date())


def read_reference_rates(body: bytes, *, today: date) -> PublishedRates:
    """What a document says. Nothing of it counts if anything in it is wrong. Raises ``RatesRefusedError``."""
    try:
        root = parse_xml(body)
    except XmlRefusedError as error:
        raise RatesRefusedError(str(error)) from error
    if root.tag != _ENVELOPE:
        raise RatesRefusedError("it is another document")
    days = [cube for cube in root.iter(_CUBE) if "time" in cube.attrib]
    if len(days) != 1:
        raise RatesRefusedError(f"it has {len(days)} days")
    [cube] = days
    units: dict[str, Decimal] = {}
    for code, rate in _rates(cube):
        if code in units:
            raise RatesRefusedError(f"{code} is there twice")
        units[code] = rate
    if _ALWAYS_THERE not in units:
        raise RatesRefusedError(f"{_ALWAYS_THERE} is not there")
    return PublishedRates(_day(cube.get("time"), today), units)


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise RatesRefusedError("its day is none")
    if day > today:
        raise RatesRefusedError(f"its day, {day}, has not come")
    return day


def _rates(cube: Any) -> Iterator[tuple[str, Decimal]]:
    for child in cube:
        code, rate = child.get("currency", ""), child.get("rate", "")
        if child.tag != _CUBE or not _CODE.fullmatch(code) or not _RATE.fullmatch(rate):
            raise RatesRefusedError(f"it has no rate for {code[:10] or 'an element'}")
        if not Decimal(rate):
            raise RatesRefusedError(f"the rate of {code} is 0")
        yield code, Decimal(rate)
