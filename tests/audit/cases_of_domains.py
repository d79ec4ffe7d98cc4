"""Actions on names at their registrar, for the tests of all actions (tests/audit/cases.py)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.domains.actions import changes
from commerce.domains.actions.editing import set_contacts
from commerce.domains.models import Domain
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.make.registrants import REGISTRANT

CTX = Context(make.AT + timedelta(days=60), SYSTEM)
HOSTS = ("ns1.acme.net", "ns2.acme.net")
CONTACTS = {"registrant": REGISTRANT}

type Act = Callable[[], object]
type Case = Callable[[Client], Act]


def domain(act: Callable[..., object], status: str = "active", **more: Any) -> Case:
    return lambda client: prepared(act, domain=make.make_domain(client, status), **more)


def prepared(act: Callable[..., object], **given: Any) -> Act:
    return lambda: act(**given, ctx=CTX)


def under_way(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, change=asked(make.make_domain(client)), **more)


def asked(found: Domain) -> changes.DomainChange:
    return changes.request_nameservers(
        domain=found, nameservers=HOSTS, ctx=Context(make.AT, SYSTEM)
    )


CASES: dict[str, Case] = {
    "domains.request_nameservers": domain(changes.request_nameservers, nameservers=HOSTS),
    "domains.request_transfer_lock": domain(changes.request_transfer_lock, locked=False),
    "domains.request_whois_privacy": domain(changes.request_whois_privacy, enabled=True),
    "domains.request_contacts": domain(changes.request_contacts, contacts=CONTACTS),
    "domains.finish_change": under_way(changes.finish_change),
    "domains.fail_change": under_way(changes.fail_change, problem="refused"),
    "domains.set_contacts": domain(set_contacts, contacts=CONTACTS),
}

UNSEEN = {"domains.fail_change", "domains.set_contacts"}
"""What the API does not show."""

PARTS = {"domains.record_change", "domains.move_change", "domains.fail_open_changes"}
"""What other actions consist of."""
