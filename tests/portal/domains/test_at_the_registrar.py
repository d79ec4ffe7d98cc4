"""What a member does on a domain's page, as the registrar and the API see it afterwards (domains.md 5)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from commerce.billing.models import Invoice
from commerce.cli.root import commerce
from commerce.domains.actions.sync_requests import request_sync
from commerce.domains.actions.tlds import set_tld_price
from commerce.domains.models import Domain, Tld
from commerce.domains.registrars.contract import RegistrarState, VerificationInfo
from commerce.domains.rules import VerificationState
from commerce.kit import clock
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.api import call_api
from tests.make.jobs import run_all_jobs
from tests.make.payments import switch_on_bank_transfer
from tests.make.people import AT
from tests.make.records import make_payment, make_token
from tests.make.registered_names import end_of, make_domain_at
from tests.make.repricing import make_tld
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import send
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import CTX, form_of, read, text_of


@pytest.fixture
def remote(db: None) -> Iterator[RemoteRegistry]:
    """A registrar that is reached by the worker; a TLD with all its prices."""
    make_tld()
    prices = {"register": 1000, "renew": 1200, "transfer": 1000, "restore": 8000}
    set_tld_price(tld=Tld.objects.get(), currency_code="EUR", ctx=CTX, **prices)
    switch_on_bank_transfer()
    with remote_registrar() as registry:
        yield registry


def by_api(cast: PortalCast, domain: Domain) -> dict[str, Any]:
    """The domain as a program of the client reads it."""
    _token, plain = make_token(cast.client)
    found: dict[str, Any] = call_api(f"/domains/{domain.pk}", plain).json["data"]
    return found


def test_each_change_arrives_at_the_registrar_and_in_the_api(
    cast: PortalCast, remote: RemoteRegistry
) -> None:
    domain, web = make_domain_at(remote, cast.client), cast.browse(cast.tess)
    path = f"/client/domains/{domain.pk}"
    hosts = ("ns1.other.example", "ns2.other.example")
    web.post(
        f"{path}/nameservers", dict(zip(("ns1", "ns2"), hosts, strict=True)) | {"use": "others"}
    )
    web.post(f"{path}/lock", {"locked": "off"})
    web.post(f"{path}/privacy", {"enabled": "on"})
    contacts = form_of(web, f"{path}/contacts") | {
        "registrant-first_name": "Zoë",
        "registrant-phone": "+49 301234",
    }
    web.post(f"{path}/contacts", contacts)
    assert read(web, path).count("since Apr 8, 2026") == 4
    run_all_jobs()
    there = remote.names[domain.domain_name]
    assert (there.nameservers, there.is_locked, there.whois_privacy) == (hosts, False, True)
    assert remote.contacts[domain.domain_name].registrant.first_name == "Zoë"
    words = read(web, path)
    assert "since Apr 8, 2026" not in words
    assert "Zoë" in words
    shown = by_api(cast, domain)
    assert (shown["ns1"], shown["ns2"]) == hosts
    assert (shown["is_locked"], shown["whois_privacy"]) == (False, True)


def test_a_registrar_that_is_down_leaves_the_old_values_and_the_page_alone(
    cast: PortalCast, remote: RemoteRegistry
) -> None:
    domain, web = make_domain_at(remote, cast.client), cast.browse(cast.alice)
    path = f"/client/domains/{domain.pk}"
    remote.is_down = True
    web.post(f"{path}/lock", {"locked": "off"})
    run_all_jobs(failing=True)
    words = read(web, path)
    assert "Being turned off since" in words
    assert "no answer" not in words
    remote.is_down = False
    run_all_jobs(AT + timedelta(minutes=5))
    assert remote.names[domain.domain_name].is_locked is False
    assert "Off. The domain can be transferred" in read(web, path)


def test_what_the_registrar_refuses_is_told_without_its_words(
    cast: PortalCast, remote: RemoteRegistry
) -> None:
    domain, web = make_domain_at(remote, cast.client), cast.browse(cast.alice)
    path = f"/client/domains/{domain.pk}"
    remote.refuses = True
    web.post(f"{path}/lock", {"locked": "off"})
    run_all_jobs(failing=True)
    words = read(web, path)
    assert "not this one" not in words
    assert "On. The domain can't be transferred" in words or "Being turned off" in words


def test_renewed_for_two_years_once_the_invoice_is_paid(
    cast: PortalCast, remote: RemoteRegistry
) -> None:
    domain, web = make_domain_at(remote, cast.client), cast.browse(cast.alice)
    path, expiry = f"/client/domains/{domain.pk}", domain.expiry_date
    assert expiry is not None
    page = web.get(f"{path}/renew").content.decode()
    (two,) = [
        part.partition('"')[0] for part in page.split('name="offer" value="')[1:] if part[0] == "2"
    ]
    web.post(f"{path}/renew", {"offer": two})
    make_payment(Invoice.objects.get())
    run_all_jobs()
    assert remote.bought("renew") == [domain.domain_name]
    assert remote.names[domain.domain_name].expiry == end_of(expiry, 2)
    assert by_api(cast, domain)["expiry_date"] == str(end_of(expiry, 2))
    assert "Renew now" in web.get(path).content.decode()
    domain.refresh_from_db()
    assert (domain.term_years, domain.recurring_amount) == (1, 1200)


def test_restored_once_the_invoice_is_paid(cast: PortalCast, remote: RemoteRegistry) -> None:
    expired = AT.date() - timedelta(days=40)
    domain = make_domain_at(remote, cast.client, "redemption", expiry_date=expired)
    web, path = cast.browse(cast.alice), f"/client/domains/{domain.pk}"
    web.post(f"{path}/restore", form_of(web, f"{path}/restore"))
    assert "We restore it when its invoice is paid." in read(web, path)
    assert remote.bought() == []
    make_payment(Invoice.objects.get())
    run_all_jobs()
    assert remote.bought("restore") == [domain.domain_name]
    assert remote.names[domain.domain_name].state == RegistrarState.ACTIVE
    domain.refresh_from_db()
    assert domain.status == "active"
    assert "Renew now" in web.get(path).content.decode()


def test_who_is_to_confirm_their_address_is_told_on_the_page_and_mailed_again(
    cast: PortalCast, remote: RemoteRegistry
) -> None:
    """By the client as by staff and by command; a billing member reads it only."""
    domain, web = make_domain_at(remote, cast.client), cast.browse(cast.tess)
    path = f"/client/domains/{domain.pk}"
    assert "confirm" not in read(web, path)
    remote.holders[domain.domain_name] = VerificationInfo(
        state=VerificationState.PENDING, last_day=AT.date() + timedelta(days=12), email="z@acme.com"
    )
    request_sync(domain=domain, ctx=CTX)
    run_all_jobs()
    assert "or this domain stops working. The registrar emailed z@acme.com" in read(web, path)
    assert "Send email again" not in read(cast.browse(cast.bob), path)
    assert cast.browse(cast.bob).post(f"{path}/verification").status_code == 403
    assert "sent again" in text_of(web.post(f"{path}/verification", follow=True).content.decode())
    assert "ten minutes" in text_of(web.post(f"{path}/verification", follow=True).content.decode())
    with clock.freeze_time(AT + timedelta(hours=1)):
        grace = staff_browser(make_staff(email="grace@example.com"))
        record = f"/admin/domains/{domain.pk}"
        assert "confirm their email address by Apr 20, 2026" in grace.get(record).text
        send(grace, f"{record}/resend-verification")
    with clock.freeze_time(AT + timedelta(hours=2)):
        done = CliRunner().invoke(commerce, ["domain", "resend-verification", domain.domain_name])
        assert "sent again" in done.output
    assert remote.mailed == [domain.domain_name] * 3
