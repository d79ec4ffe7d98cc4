"""Transfer lock, WHOIS privacy, auto-renew and term on a domain's page (domains.md 5)."""

import pytest

from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.domain_renewals import renew_domains
from commerce.domains.actions.changes import fail_change
from commerce.domains.actions.editing import set_transfer_lock
from commerce.domains.models import Domain, Tld
from commerce.domains.rules import ChangeProblem
from tests.make.people import AT
from tests.make.records import make_domain
from tests.make.repricing import make_tld
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import CTX, finish, open_change, read, text_of


def path_of(domain: Domain) -> str:
    return f"/client/domains/{domain.pk}"


def test_the_lock_is_being_changed_until_the_registrar_did_it(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.tess)
    path = path_of(domain)
    answer = web.post(f"{path}/lock", {"locked": "off"})
    assert (answer.status_code, answer["Location"]) == (303, path)
    domain.refresh_from_db()
    assert domain.is_locked
    change = open_change(domain)
    assert (change.kind, change.wanted, change.requested_by) == (
        "lock",
        {"locked": False},
        cast.tess,
    )
    page = web.get(path).content.decode()
    assert "We're turning off the transfer lock." in text_of(page).replace("’", "'")
    assert "Being turned off since" in page
    assert f'action="{path}/lock"' not in page
    finish(domain)
    assert not domain.is_locked
    page = web.get(path).content.decode()
    assert "Being turned off since" not in page
    assert 'name="locked" value="on"' in page


def test_a_lock_that_could_not_be_changed_is_told_in_plain_words(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    web.post(f"{path_of(domain)}/lock", {"locked": "off"})
    fail_change(change=open_change(domain), problem=ChangeProblem.REFUSED, ctx=CTX)
    words = read(web, path_of(domain))
    assert "The transfer lock wasn't changed" in words
    assert "The registry didn't accept the change." in words
    assert "On. The domain can't be transferred" in words
    web.post(f"{path_of(domain)}/lock", {"locked": "off"})
    assert "The transfer lock wasn't changed" not in read(web, path_of(domain))


def test_pressed_twice_and_in_two_tabs_is_one_change(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    for _ in range(2):
        web.post(f"{path_of(domain)}/lock", {"locked": "off"})
    assert domain.changes.count() == 1
    finish(domain)
    web.post(f"{path_of(domain)}/lock", {"locked": "off"})  # from a page of before
    assert domain.changes.count() == 1
    assert "The lock was already off." in read(web, path_of(domain))


@pytest.mark.parametrize("odd", ["", "maybe", "ON", "1" * 5000, "<script>"])
def test_what_no_button_sends_changes_nothing(cast: PortalCast, odd: str) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    before, entries = Domain.objects.values().get(), AuditEntry.objects.count()
    for end, name in (
        ("lock", "locked"),
        ("privacy", "enabled"),
        ("auto-renew", "enabled"),
        ("term", "years"),
    ):
        assert web.post(f"{path_of(domain)}/{end}", {name: odd}).status_code == 303
        assert web.post(f"{path_of(domain)}/{end}", {}).status_code == 303
    assert (Domain.objects.values().get(), AuditEntry.objects.count()) == (before, entries)
    assert domain.changes.count() == 0


def test_privacy_is_offered_where_the_tld_has_it(cast: PortalCast) -> None:
    make_tld()
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    assert f'action="{path_of(domain)}/privacy"' in web.get(path_of(domain)).content.decode()
    Tld.objects.update(privacy_available=False)
    assert "WHOIS privacy" not in read(web, path_of(domain))
    web.post(f"{path_of(domain)}/privacy", {"enabled": "on"})
    assert domain.changes.count() == 0
    Domain.objects.update(whois_privacy=True)  # of a time when the TLD had it
    web.post(f"{path_of(domain)}/privacy", {"enabled": "off"})
    assert open_change(domain).wanted == {"enabled": False}


def test_auto_renew_is_switched_at_once(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.tess)
    web.post(f"{path_of(domain)}/auto-renew", {"enabled": "off"})
    domain.refresh_from_db()
    assert not domain.auto_renew
    assert "Auto-renew is off." in read(web, path_of(domain))
    entries = AuditEntry.objects.filter(action="domain.auto_renew_set").count()
    web.post(f"{path_of(domain)}/auto-renew", {"enabled": "off"})
    assert AuditEntry.objects.filter(action="domain.auto_renew_set").count() == entries
    assert "Auto-renew was already off." in read(web, path_of(domain))
    web.post(f"{path_of(domain)}/auto-renew", {"enabled": "on"})
    domain.refresh_from_db()
    assert domain.auto_renew


def billed(cast: PortalCast) -> tuple[Domain, Invoice]:
    """A domain with an open renewal invoice."""
    domain = make_domain(cast.client, expiry_date=AT.date().replace(month=5))
    (pk,) = renew_domains(client_id=cast.client.pk, day=AT.date(), ctx=CTX)
    return domain, Invoice.objects.get(pk=pk)


@pytest.mark.parametrize(("tick", "status"), [({"void_renewal": "1"}, "cancelled"), ({}, "unpaid")])
def test_the_open_renewal_is_taken_back_only_with_the_tick(
    cast: PortalCast, tick: dict[str, str], status: str
) -> None:
    domain, invoice = billed(cast)
    web = cast.browse(cast.tess)
    assert 'name="void_renewal"' in web.get(path_of(domain)).content.decode()
    web.post(f"{path_of(domain)}/auto-renew", {"enabled": "off"} | tick)
    invoice.refresh_from_db()
    domain.refresh_from_db()
    assert (domain.auto_renew, invoice.status) == (False, status)
    assert 'name="void_renewal"' not in web.get(path_of(domain)).content.decode()


def test_the_term_is_chosen_among_those_of_the_tld(cast: PortalCast) -> None:
    make_tld()
    domain, web = make_domain(cast.client), cast.browse(cast.tess)
    assert '<option value="2"' in web.get(path_of(domain)).content.decode()
    web.post(f"{path_of(domain)}/term", {"years": "2"})
    domain.refresh_from_db()
    assert domain.term_years == 2
    words = read(web, path_of(domain))
    assert "The domain now renews for 2 years at a time." in words
    web.post(f"{path_of(domain)}/term", {"years": "99"})
    domain.refresh_from_db()
    assert domain.term_years == 2


def test_no_term_is_offered_while_a_renewal_is_open(cast: PortalCast) -> None:
    make_tld()
    domain, _invoice = billed(cast)
    web = cast.browse(cast.alice)
    assert f'action="{path_of(domain)}/term"' not in web.get(path_of(domain)).content.decode()
    web.post(f"{path_of(domain)}/term", {"years": "2"})
    domain.refresh_from_db()
    assert domain.term_years == 1


def test_a_page_of_before_tells_what_is_so_now(cast: PortalCast) -> None:
    """Another member changed it meanwhile: the older page asks for what it showed, and learns that it is so."""
    domain = make_domain(cast.client)
    set_transfer_lock(domain=domain, locked=False, ctx=CTX)
    web = cast.browse(cast.alice)
    web.post(f"{path_of(domain)}/lock", {"locked": "off"})
    assert domain.changes.count() == 0
    assert "The lock was already off." in read(web, path_of(domain))
