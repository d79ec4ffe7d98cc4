"""What Plesk tells of subscriptions, by XML: REST knows neither their owner nor their plan and limits."""

from dataclasses import dataclass
from typing import Any

from commerce.hosting.modules.contract import (
    AccountState,
    UsageFigure,
    UsageKind,
)
from commerce.hosting.modules.plesk.client import PleskClient
from commerce.kit.remote.xml import element, text_of

IN_BACKUP = 4
"""Of the flags of a status the one that does not mean that it is switched off."""

USAGE = {
    UsageKind.DISK: ("gen_info/real_size", "disk_space"),
    UsageKind.TRAFFIC: ("stat/traffic", "max_traffic"),
    UsageKind.MAILBOXES: ("stat/box", "max_box"),
    UsageKind.DATABASES: ("stat/db", "max_db"),
}


@dataclass(frozen=True, slots=True)
class PleskSubscription:
    """One subscription, with its owner and the GUID of its plan; empty without one."""

    id: str
    domain: str
    owner_id: str
    owner_login: str
    state: AccountState
    plan_guid: str


def read_subscriptions(client: PleskClient, **by: str) -> list[PleskSubscription]:
    """Those that a filter finds, as ``owner_id="7"``; all without one."""
    rows = _get(client, by, "gen_info", "subscriptions")
    return [_subscription(row) for row in rows]


def customer_ids(client: PleskClient, login: str) -> list[str]:
    """The number of the customer with this login, if there is one; nothing else of them is read, or logged."""
    wanted = element("filter", element("login", login))
    operation = element("get", wanted, element("dataset", element("gen_info")))
    found = client.xml("customer", operation, hides_answer=True)
    return [text_of(each, "id") for each in found if text_of(each, "id")]


def read_usage(client: PleskClient, subscription_id: str) -> list[UsageFigure]:
    """What it uses, with its limits."""
    rows = _get(client, {"id": subscription_id}, "gen_info", "limits", "stat")
    data = rows[0].find("data")
    limits = {
        text_of(limit, "name"): int(text_of(limit, "value"))
        for limit in data.findall("limits/limit")
        if text_of(limit, "value")
    }
    return [
        UsageFigure(kind, int(text_of(data, path)), _limit(limits.get(name, -1)))
        for kind, (path, name) in USAGE.items()
    ]


def read_plans(client: PleskClient, guid: str = "") -> dict[str, str]:
    """The names of service plans by their GUID: of one, or of all whoever owns them."""
    wanted = element("filter", element("guid", guid)) if guid else element("filter")
    results = client.xml("service-plan", element("get", wanted, element("owner-all")))
    return {text_of(each, "guid"): text_of(each, "name") for each in results}


def create_session(client: PleskClient, login: str, address: bytes) -> str:
    """The token of a session of this user, for this address in base64."""
    data = element("data", element("user_ip", address.decode()), element("source_server"))
    operation = element("create_session", element("login", login), data)
    results = client.xml("server", operation, hides_answer=True)
    token = text_of(results[0], "id")
    if not token:
        raise ValueError("no session")
    return token


def _get(client: PleskClient, by: dict[str, str], *datasets: str) -> list[Any]:
    filters = [element(name.replace("_", "-"), value) for name, value in by.items()]
    wanted = element("dataset", None, *(element(name) for name in datasets))
    results = client.xml("webspace", element("get", element("filter", None, *filters), wanted))
    return [each for each in results if text_of(each, "id")]


def _subscription(row: Any) -> PleskSubscription:
    info = row.find("data/gen_info")
    flags = int(text_of(info, "status"))
    return PleskSubscription(
        id=text_of(row, "id"),
        domain=text_of(info, "ascii-name") or text_of(info, "name"),
        owner_id=text_of(info, "owner-id"),
        owner_login=text_of(info, "owner-login"),
        state=AccountState.OFF if flags & ~IN_BACKUP else AccountState.ON,
        plan_guid=text_of(row, "data/subscriptions/subscription/plan/plan-guid"),
    )


def _limit(value: int) -> int | None:
    return None if value < 0 else value
