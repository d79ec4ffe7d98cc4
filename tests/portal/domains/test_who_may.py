"""Which act is open to whom in which state: offered where it is let through, and only there (domains.md 1 and 5)."""

import re

import pytest

from commerce.audit.models import AuditEntry
from commerce.domains.models import Domain, DomainChange
from commerce.domains.rules import DomainStatus
from tests.doubles.registrar import remote_registrar
from tests.make.people import PASSWORD
from tests.make.records import make_domain
from tests.portal.conftest import PortalCast

ACTS = {
    "lock": {"locked": "off"},
    "privacy": {"enabled": "on"},
    "auto-renew": {"enabled": "off"},
    "term": {"years": "2"},
    "nameservers": {"use": "others", "ns1": "ns1.other.example", "ns2": "ns2.other.example"},
    "contacts": {},
    "authorization-code": {"form_key": "k", "password": PASSWORD},
    "renew": {},
    "restore": {},
    "transfer": {"code": "a new one"},
}
"""Each act by the last part of its address, with a form of it."""

LIVE_ONLY = {
    DomainStatus.ACTIVE: ACTS.keys() - {"restore", "transfer"},
    DomainStatus.EXPIRED: {"renew", "term", "auto-renew"},
    DomainStatus.REDEMPTION: {"restore", "auto-renew"},
    DomainStatus.PENDING: {"auto-renew"},
    DomainStatus.PENDING_TRANSFER: {"transfer", "auto-renew"},
}
"""What can be done in each state; in all others nothing."""


def domain_in(cast: PortalCast, status: str) -> Domain:
    return make_domain(cast.client, status)


def offered(page: str, domain: Domain) -> set[str]:
    """The acts to which a domain's page leads, by link or form."""
    address = rf'(?:href|action)="/client/domains/{domain.pk}/([\w-]+)"'
    buttons = re.sub(r"<form[^>]*>(?:(?!</form>).)*disabled.*?</form>", "", page, flags=re.DOTALL)
    return set(re.findall(address, buttons))


def traces() -> list[object]:
    """All that an act would change."""
    entries = AuditEntry.objects.filter(record_kind="domain").order_by("pk").values()
    rows = (Domain.objects.order_by("pk").values(), DomainChange.objects.values(), entries)
    return [list(each) for each in rows]


@pytest.mark.parametrize("status", list(DomainStatus))
def test_each_state_offers_what_it_lets_through_and_refuses_the_rest(
    cast: PortalCast, status: DomainStatus
) -> None:
    domain, web = domain_in(cast, status), cast.browse(cast.alice)
    page = web.get(f"/client/domains/{domain.pk}").content.decode()
    possible = LIVE_ONLY.get(status, set())
    assert offered(page, domain) <= possible
    before = traces()
    for act in ACTS.keys() - possible:
        path = f"/client/domains/{domain.pk}/{act}"
        answers = [web.get(path), web.post(path, ACTS[act])]
        for answer in answers:
            assert answer.status_code in (303, 405), act
            assert answer.get("Location", f"/client/domains/{domain.pk}") == (
                f"/client/domains/{domain.pk}"
            )
    assert traces() == before


def test_the_technical_role_may_and_the_billing_role_may_not(cast: PortalCast) -> None:
    domain = make_domain(cast.client)
    path = f"/client/domains/{domain.pk}"
    assert "lock" in offered(cast.browse(cast.tess).get(path).content.decode(), domain)
    assert offered(cast.browse(cast.bob).get(path).content.decode(), domain) == set()


def test_what_a_registrar_cannot_do_is_not_offered(cast: PortalCast) -> None:
    """By hand nobody hands out a code at once."""
    domain = make_domain(cast.client)
    web = cast.browse(cast.alice)
    page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert "authorization-code" not in page
    assert "contact support@example.com" in page
    assert web.get(f"/client/domains/{domain.pk}/authorization-code").status_code == 303


def test_no_page_names_the_registrar(cast: PortalCast) -> None:
    with remote_registrar():
        domain = make_domain(cast.client)
        Domain.objects.update(registrar="remote", remote_id="their-id-1")
        web = cast.browse(cast.alice)
        for end in ("", *(f"/{act}" for act in ACTS)):
            page = web.get(f"/client/domains/{domain.pk}{end}", follow=True).content.decode()
            assert "their-id-1" not in page
            assert "By hand" not in page
            assert not re.search(r"\bremote\b", page)
