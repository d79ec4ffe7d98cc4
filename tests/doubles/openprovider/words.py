"""How Openprovider writes dates, names and refusals."""

import json
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from tests.doubles.registrars.http_server import HttpReply

type Data = dict[str, Any]


class ApiRefusal(Exception):
    """It answers this code, with a status that says nothing."""

    def __init__(self, code: int, text: str, status: int = 500) -> None:
        super().__init__(text)
        self.code, self.status = code, status


def written(day: date) -> str:
    """Noon in UTC of a day, on a clock in Amsterdam."""
    noon = datetime.combine(day, time(12), UTC).astimezone(ZoneInfo("Europe/Amsterdam"))
    return noon.strftime("%Y-%m-%d %H:%M:%S")


def full_name(sent: Data) -> str:
    return f"{sent['domain']['name']}.{sent['domain']['extension']}"


def hosts(sent: Data) -> list[str]:
    rows = sorted(sent["name_servers"], key=lambda row: int(row["seq_nr"]))
    if len(rows) < 2:
        raise ApiRefusal(365, "At least two nameservers are required")
    return [str(row["name"]) for row in rows]


def flat(customer: Data) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name, value in customer.items():
        flat |= value if isinstance(value, dict) else {name: value}
    return flat


def check_script(name: str, sent: Data) -> None:
    """A name with letters of its own has its script beside it: of three letters at Verisign, of two elsewhere."""
    script = (sent.get("additional_data") or {}).get("idn_script", "")
    wanted = 3 if name.endswith((".com", ".net")) else 2
    if name.startswith("xn--") and len(script) != wanted:
        raise ApiRefusal(112, f"IDN script is required for {name}")


def success(data: Data) -> HttpReply:
    body = {"code": 0, "desc": "", "data": data, "maintenance": False, "warnings": None}
    return HttpReply(200, json.dumps(body).encode())


def failed(code: int, text: str, status: int = 500) -> HttpReply:
    return HttpReply(status, json.dumps({"code": code, "desc": text, "data": ""}).encode())
