"""`/admin/domains`: found, looked at, and what staff do with one (domains.md 9)."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.accounts.staff_rules import StaffPermission
from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.domains.actions.states import start_domain_transfer
from commerce.domains.actions.transfers import hold_transfer
from commerce.domains.models import Domain, DomainChange, TldPrice
from commerce.domains.rules import TransferHold
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from tests import make
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.names import sell_tld
from tests.make.nameservers import give_nameservers
from tests.make.records import make_domain_item
from tests.make.registered_names import info_of, make_domain_at
from tests.make.registrants import REGISTRANT
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import open_form, send, text_of

pytestmark = pytest.mark.django_db

CODE = "xX9-secret-code"


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        yield registry


@pytest.fixture
def grace(remote: RemoteRegistry) -> Iterator[HttpsTestClient]:
    with clock.freeze_time(make.AT):
        yield staff_browser(make_staff(email="grace@example.com"))


def at(domain: Domain, act: str = "") -> str:
    return f"/admin/domains/{domain.pk}{act and f'/{act}'}"


def found(web: HttpsTestClient, query: str) -> list[Domain]:
    return list(web.get(f"/admin/domains?{query}").context["cl"].result_list)


def reasons(web: HttpsTestClient, domain: Domain) -> dict[str, str]:
    """Each button of the record, and why it cannot be pressed; empty where it can."""
    shown = web.get(at(domain)).context["shown_actions"]
    return {one.action.name: str(one.reason_against or "") for one in shown}


def test_domains_are_found_by_name_client_status_registrar_tld_and_expiry(
    grace: HttpsTestClient, remote: RemoteRegistry
) -> None:
    client = make.make_client(company="Acme")
    mine = make_domain_at(
        remote, client, domain_name="xn--mnchen-3ya.example", expiry_date=date(2027, 1, 15)
    )
    other = make.make_domain(make.make_client(company="Other"), "expired", domain_name="b.test")
    assert found(grace, "") == [other, mine]
    for query in (
        *("q=münchen.example", "q=xn--mnchen", "q=Acme", "status=active", "registrar=remote"),
        *("tld=.EXAMPLE", f"client__id__exact={client.pk}"),
        "expiry_date_from=2027-01-01&expiry_date_to=2027-01-31",
    ):
        assert found(grace, query) == [mine], query
    assert "münchen.example" in text_of(grace.get("/admin/search?q=münchen.example"))


def test_a_full_page_of_domains_takes_as_many_queries_as_one(grace: HttpsTestClient) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            grace.get("/admin/domains")
        return len(seen)

    make.make_domain()
    grace.get("/admin/domains")
    of_one = queries()
    for _ in range(4):
        make.make_domain()
    assert queries() == of_one


def test_a_record_has_all_that_belongs_to_it(
    grace: HttpsTestClient, remote: RemoteRegistry
) -> None:
    domain = make_domain_at(remote, make.make_client(company="Acme"))
    send(grace, at(domain, "lock"), locked=None)
    page = text_of(grace.get(at(domain)))
    for words in (
        *("Acme", "ns1.example.net, ns2.example.net", "Registrant", REGISTRANT["city"]),
        *(
            "Transfer lock In progress",
            "domain.lock Queued",
            "Change of transfer lock requested",
            "€12.00",
        ),
    ):
        assert words in page, words
    record = f"/admin/clients/{domain.client_id}"
    assert at(domain) in grace.get(record).content.decode()


def test_what_is_changed_goes_to_the_registrar_and_then_stands_here(
    grace: HttpsTestClient, remote: RemoteRegistry
) -> None:
    domain = make_domain_at(remote)
    assert send(grace, at(domain, "nameservers"), ns2="ns1.example.net").status_code == 422
    send(grace, at(domain, "nameservers"), ns1="ns1.bücher.example", ns2="ns2.other.test")
    assert "already being changed" in reasons(grace, domain)["nameservers"]
    send(grace, at(domain, "lock"), locked=None)
    send(grace, at(domain, "privacy"), enabled="on")
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert domain.nameservers == ["ns1.xn--bcher-kva.example", "ns2.other.test"]
    assert (domain.is_locked, domain.whois_privacy) == (False, True)
    assert {change.status for change in DomainChange.objects.all()} == {"done"}


def test_contacts_are_replaced_for_the_roles_that_are_ticked(
    grace: HttpsTestClient, remote: RemoteRegistry
) -> None:
    domain = make_domain_at(remote)
    opened = open_form(grace, at(domain, "contacts"))
    assert (opened["first_name"], opened["phone"][0]) == (REGISTRANT["first_name"], "+")
    path = at(domain, "contacts")
    assert send(grace, path, phone="030 1234").context["form"].errors["phone"]
    assert send(grace, path, roles=None).context["form"].errors["roles"]
    send(grace, path, roles=["tech"], first_name="Tina", phone="+49 301 (234)")
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert domain.contacts["tech"]["first_name"] == "Tina"
    assert domain.contacts["tech"]["phone"] == "+49.301234"
    assert domain.contacts["registrant"]["first_name"] == REGISTRANT["first_name"]


def test_an_authorization_code_is_shown_once_for_the_password_and_is_in_no_log(
    grace: HttpsTestClient, remote: RemoteRegistry, caplog: pytest.LogCaptureFixture
) -> None:
    domain = make_domain_at(remote)
    path = at(domain, "code")
    assert "transfer lock" in reasons(grace, domain)["code"]
    Domain.objects.filter(pk=domain.pk).update(is_locked=False)
    remote.codes[domain.domain_name] = CODE
    assert send(grace, path, own_password="wrong").status_code == 422
    values = open_form(grace, path) | {"own_password": make.PASSWORD}
    shown = grace.post(path, values)
    assert (shown.status_code, CODE in text_of(shown)) == (200, True)
    assert shown["Cache-Control"] == "no-store"
    again = grace.post(path, values, follow=True)
    assert CODE not in text_of(again)
    assert "already submitted" in text_of(again)
    entry = AuditEntry.objects.get(action="domain.auth_code_revealed")
    assert (entry.actor_kind, entry.record_id) == ("staff", domain.pk)
    assert CODE not in caplog.text + str(list(AuditEntry.objects.values()))


def test_a_renewal_is_invoiced_at_the_price_that_the_page_showed(grace: HttpsTestClient) -> None:
    domain = make.make_domain()
    path = at(domain, "renew")
    offers = dict(grace.get(path).context["form"].fields["expected"].choices)
    assert offers["2:2400:2029-04-08"] == "2 years: €24.00, expires Apr 8, 2029"
    assert send(grace, path, expected="2:1:2029-04-08").status_code == 422
    answer = send(grace, path, expected="2:2400:2029-04-08")
    invoice = Invoice.objects.get()
    assert (invoice.total, answer["Location"]) == (2400, f"/admin/invoices/{invoice.pk}")
    assert reasons(grace, domain)["renew"]
    assert grace.post(path, {"expected": "1:1200:2028-04-08"}).status_code == 409
    send(grace, at(domain, "auto-renew"), enabled=None, void_renewal="on")
    invoice.refresh_from_db()
    domain.refresh_from_db()
    assert (invoice.status, domain.auto_renew) == ("cancelled", False)


def test_price_expiry_and_term_are_edited(grace: HttpsTestClient) -> None:
    domain = make.make_domain()
    path = at(domain, "edit")
    assert open_form(grace, path)["recurring_amount"] == "12.00"
    assert (
        send(grace, path, recurring_amount="9.999", reason="Agreed")
        .context["form"]
        .errors["recurring_amount"]
    )
    assert send(grace, path, recurring_amount="9.99").context["form"].errors["reason"]
    send(grace, path, recurring_amount="9.99", expiry_date="2027-05-01", reason="Agreed")
    domain.refresh_from_db()
    assert (domain.recurring_amount, domain.next_due_date) == (999, date(2027, 5, 1))
    assert send(grace, path, reason="Again").status_code == 422  # nothing is new
    send(grace, at(domain, "term"), years="3")
    domain.refresh_from_db()
    assert (domain.term_years, domain.recurring_amount) == (3, 2997)


def test_a_name_is_restored_where_the_registrar_can(
    grace: HttpsTestClient, remote: RemoteRegistry
) -> None:
    give_nameservers()
    make.make_currency("USD")
    sell_tld("example", renew=1200, restore=8000)
    domain = make_domain_at(remote, status="redemption", expiry_date=make.AT.date())
    assert "in redemption" in reasons(grace, make.make_domain())["restore"]
    assert "€80.00" in text_of(grace.get(at(domain, "restore")))
    seen = open_form(grace, at(domain, "restore"))
    TldPrice.objects.update(restore=9000)
    assert grace.post(at(domain, "restore"), seen).status_code != 303
    assert not Invoice.objects.exists()  # nobody has seen this price
    TldPrice.objects.update(restore=8000)
    send(grace, at(domain, "restore"))
    assert Invoice.objects.get().total == 9200


def test_a_transfer_goes_on_with_another_code_or_ends(grace: HttpsTestClient) -> None:
    order = make.make_order(items=[make_domain_item(action="transfer", nameservers=())])
    domain = Domain.objects.get(order_unit__item__order=order)
    start_domain_transfer(domain=domain, registrar="manual", ctx=Context(make.AT, SYSTEM))
    assert "waiting" in reasons(grace, domain)["transfer-code"]
    ctx = Context(make.AT, SYSTEM)
    hold_transfer(domain=domain, hold=TransferHold.CODE_WRONG, ctx=ctx)
    assert "was wrong" in text_of(grace.get(at(domain)))
    send(grace, at(domain, "transfer-code"), code="another")
    domain.refresh_from_db()
    assert domain.transfer_hold == ""
    assert Job.objects.filter(action="domain.transfer", status="queued").exists()
    send(grace, at(domain, "cancel-transfer"))
    domain.refresh_from_db()
    assert domain.transfer_hold == "being_cancelled"


def test_a_sync_takes_over_what_the_registrar_says(
    grace: HttpsTestClient, remote: RemoteRegistry
) -> None:
    domain = make_domain_at(remote)
    remote.names[domain.domain_name] = info_of(domain, expiry=date(2028, 4, 8))
    send(grace, at(domain, "sync"))
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert domain.expiry_date == date(2028, 4, 8)
    assert "Expiry date" in text_of(grace.get(at(domain)))  # among the differences
    assert "by hand" in reasons(grace, make.make_domain())["sync"]


def test_a_domain_stands_beside_what_registrar_and_registry_say(
    grace: HttpsTestClient, remote: RemoteRegistry
) -> None:
    domain = make_domain_at(remote)
    remote.names[domain.domain_name] = info_of(domain, is_locked=False)
    page = text_of(grace.get(at(domain, "registrar")))
    assert "Transfer lock On Off" in page
    assert "No public lookup service" in page
    remote.is_down = True
    assert "Transfer lock On –" in text_of(grace.get(at(domain, "registrar")))
    domain.refresh_from_db()
    assert domain.is_locked


def test_a_name_that_never_came_is_cancelled_and_credited(grace: HttpsTestClient) -> None:
    domain = make.make_domain(status="pending")
    assert "was already registered" in reasons(grace, make.make_domain())["credit"]
    send(grace, at(domain, "credit"))
    domain.refresh_from_db()
    assert domain.status == "cancelled"


def test_a_status_is_set_by_hand_with_a_reason_by_whoever_may_override(
    grace: HttpsTestClient,
) -> None:
    domain = make.make_domain()
    path = at(domain, "override")
    assert send(grace, path, to="transferred_away").context["form"].errors["reason"]
    send(grace, path, to="transferred_away", reason="Left")
    domain.refresh_from_db()
    assert (domain.status, domain.auto_renew, domain.next_due_date) == (
        *("transferred_away", False),
        None,
    )
    send(grace, path, to="active", reason="It is back", expiry_date="2027-06-01")
    domain.refresh_from_db()
    assert (domain.status, domain.next_due_date) == ("active", date(2027, 6, 1))
    admin = staff_browser(make_staff("admin"))
    assert "override" not in reasons(admin, domain)
    assert admin.post(path).status_code == 403


def test_prices_and_credit_are_for_those_who_may_change_these_too() -> None:
    domain, unregistered = make.make_domain(), make.make_domain(status="pending")
    names = [StaffPermission.DOMAINS_VIEW, StaffPermission.DOMAINS_MANAGE]
    web = staff_browser(make_staff("support", permissions=names))
    assert not {"edit", "credit"} & reasons(web, domain).keys()
    assert web.post(at(domain, "edit")).status_code == 403
    assert web.post(at(unregistered, "credit")).status_code == 403
    more = [*names, StaffPermission.SERVICES_MANAGE, StaffPermission.INVOICES_VOID]
    web = staff_browser(make_staff("support", permissions=more))
    assert {"edit", "credit"} <= reasons(web, domain).keys()


def test_notes_are_kept_for_staff_alone(grace: HttpsTestClient) -> None:
    domain = make.make_domain()
    send(grace, at(domain, "notes"), notes="Ask Carol first")
    domain.refresh_from_db()
    assert domain.notes == "Ask Carol first"
    assert AuditEntry.objects.get(action="domain.noted").staff_only


def test_support_sees_domains_and_changes_none() -> None:
    domain = make.make_domain()
    support = staff_browser(make_staff("support"))
    assert support.get("/admin/domains").status_code == 200
    assert reasons(support, domain) == {}
    for act in ("sync", "lock", "code", "edit", "notes"):
        assert support.get(at(domain, act)).status_code == 403, act
