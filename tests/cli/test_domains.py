"""`commerce domain`: what there is and can be had, orders for it, and what is changed at registrars."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.audit.models import AuditEntry
from commerce.billing.models import Invoice
from commerce.cli.root import commerce
from commerce.demo.sandbox_names import fill_sandbox_from_books
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain, DomainDrift, Tld
from commerce.domains.registrars.contract import DomainInfo
from commerce.domains.registrars.registry import domain_name_of, registrar_of
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Order
from tests import make
from tests.cli.conftest import Run
from tests.doubles.registrar import remote_registrar
from tests.make.jobs import run_all_jobs
from tests.make.nameservers import give_nameservers
from tests.make.records import make_domain_item
from tests.make.registered_names import make_domain_at
from tests.make.sandbox import sandbox_registrar

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
HOLDER = {
    "first_name": "Jane",
    "last_name": "Smith",
    "company": "",
    "email": "jane@example.com",
    "phone": "+44.2012345",
    "address1": "1 High Street",
    "address2": "",
    "city": "London",
    "state": "",
    "postcode": "N1 1AA",
    "country": "GB",
}


@pytest.fixture(autouse=True)
def _sandbox(tmp_path: Path) -> Iterator[None]:
    with sandbox_registrar(tmp_path), clock.freeze_time(make.AT):
        yield


def sell(*tlds: str) -> None:
    give_nameservers()
    for position, tld in enumerate(tlds):
        row = set_tld(tld=tld, position=position, ctx=CTX)
        set_tld_price(
            tld=row, currency_code="EUR", register=1200, renew=1400, transfer=1100, ctx=CTX
        )


def held(name: str = "acme.com", **over: Any) -> Domain:
    """A name that the sandbox has as well."""
    domain = make.make_domain(domain_name=name, **over)
    Domain.objects.filter(pk=domain.pk).update(
        registrar="sandbox",
        contacts=dict.fromkeys(("registrant", "admin", "tech", "billing"), HOLDER),
    )
    domain.refresh_from_db()
    fill_sandbox_from_books()
    return domain


def at_sandbox(domain: Domain) -> DomainInfo:
    domain.refresh_from_db()
    found = registrar_of(domain).info(domain_name_of(domain)).data
    assert found is not None
    return found


def read(run: Run, *words: object) -> Any:
    done = run(*words, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def typed(*words: str, text: str) -> Result:
    return CliRunner().invoke(commerce, list(words), input=text)


def test_domains_are_listed_by_what_one_looks_for(run: Run) -> None:
    com = held("acme.com")
    make.make_domain(domain_name="old.net", status="cancelled")

    def names(*words: object) -> list[str]:
        return [each["domain"] for each in read(run, "domain", "list", *words)]

    assert names() == ["acme.com", "old.net"]
    assert names("--client", com.client_id) == ["acme.com"]
    assert names("--status", "cancelled") == ["old.net"]
    assert names("--tld", ".com") == ["acme.com"]
    assert names("--registrar", "sandbox") == ["acme.com"]
    assert names("--expires-by", com.expiry_date) == ["acme.com"]
    assert names("--expires-by", make.AT.date()) == []


def test_a_name_is_shown_as_it_is_here_at_its_registrar_and_to_everybody(run: Run) -> None:
    domain = held("xn--mller-kva.com")
    DomainDrift.objects.create(
        domain=domain, field="expiry", ours="2027", theirs="2028", found_at=make.AT
    )
    shown = read(run, "domain", "show", "müller.com", "--remote", "--rdap")
    assert (shown["domain"], shown["display_name"]) == ("xn--mller-kva.com", "müller.com")
    assert [each["role"] for each in shown["contacts"]] == [
        "registrant",
        "admin",
        "tech",
        "billing",
    ]
    assert [(each["field"], each["theirs"]) for each in shown["differences"]] == [
        ("expiry", "2028")
    ]
    assert shown["at_registrar"][0]["state"] == "active"
    assert shown["at_registrar"][0]["expiry_date"] == str(domain.expiry_date)
    assert shown["at_registry"][0]["registrar"] == "Sandbox"
    assert read(run, "domain", "show", domain.pk)["id"] == domain.pk
    assert "not found" in run("domain", "show", "nobody.com").stderr


def test_of_a_name_that_was_here_before_the_live_one_is_meant(run: Run) -> None:
    make.make_domain(domain_name="acme.com", status="cancelled")
    live = held("acme.com")
    make.make_domain(domain_name="gone.com", status="transferred_away")
    assert read(run, "domain", "show", "ACME.com")["id"] == live.pk
    assert read(run, "domain", "show", "gone.com")["status"] == "transferred_away"


def test_a_word_is_looked_for_under_all_tlds_and_a_name_alone(run: Run) -> None:
    sell("com", "shop", "co.uk")
    found = {
        each["domain"]: each
        for each in read(run, "domain", "search", "coffee", "gold.shop", "--currency", "eur")
    }
    assert {name: each["state"] for name, each in found.items()} == {
        "coffee.com": "taken",
        "coffee.shop": "available",
        "coffee.co.uk": "taken",
        "gold.shop": "premium",
    }
    assert (found["coffee.shop"]["register"], found["coffee.shop"]["renew"]) == (1200, 1400)
    assert found["coffee.com"]["transfer"] == 1100
    (unsold,) = read(run, "domain", "search", "acme.nowhere")
    assert unsold["state"] == "not_sold"


def test_a_name_is_ordered_for_a_client(run: Run) -> None:
    sell("com")
    client = make.make_client(phone="+44.2012345")
    done = run(
        *("domain", "register", "Harbor-Lights.com", "--client", client.pk, "--years", 2),
        *("--nameserver", "ns1.example.org", "--nameserver", "ns2.example.org", "--privacy"),
        *("--holder", "email=dns@example.com"),
    )
    assert done.exit_code == 0, done.output
    order = Order.objects.get()
    assert (done.stdout, order.total) == (f"{order.number}\n", 2400)
    domain = Domain.objects.get(client=client)
    assert (domain.domain_name, domain.term_years) == ("harbor-lights.com", 2)
    assert domain.nameservers == ["ns1.example.org", "ns2.example.org"]
    assert domain.contacts["registrant"]["email"] == "dns@example.com"
    again = run("domain", "register", "harbor-lights.com", "--client", client.pk)
    assert again.exit_code == 1
    assert Order.objects.count() == 1


def test_a_name_that_was_ordered_is_registered_once_it_is_paid(run: Run) -> None:
    sell("com")
    client = make.make_client(phone="+44.2012345")
    order = run("domain", "register", "harbor-lights.com", "--client", client.pk).stdout.strip()
    assert run("order", "approve", order, "--unpaid-because", "a friend").exit_code == 0
    run_all_jobs(make.AT)
    domain = Domain.objects.get(client=client)
    found = at_sandbox(domain)
    assert (domain.status, domain.registrar) == ("active", "sandbox")
    assert domain.expiry_date == found.expiry
    assert list(found.nameservers) == domain.nameservers


def test_a_transfer_is_ordered_with_a_code_that_no_argument_holds(run: Run) -> None:
    sell("com")
    client = make.make_client()
    done = typed(
        *("domain", "transfer", "taken-there.com", "--client", str(client.pk)), text="Kq7-mW2\n"
    )
    assert done.exit_code == 0, done.output
    assert "Kq7-mW2" not in done.output
    order = Order.objects.get()
    (item,) = order.items.all()
    assert (item.action, item.domain) == ("transfer", "taken-there.com")


def test_what_is_changed_reaches_the_registrar(run: Run) -> None:
    domain = held()
    for words in (
        ("nameservers", "acme.com", "--nameservers", "a.dns.example b.dns.example"),
        ("lock", "acme.com", "--locked", "off"),
        ("privacy", "acme.com", "--enabled", "on"),
        ("contacts", "acme.com", "email=dns@acme.com", "--role", "tech"),
    ):
        assert run("domain", *words).exit_code == 0
    changes = read(run, "domain", "show", "acme.com")["changes"]
    assert {each["kind"] for each in changes} == {"nameservers", "lock", "privacy", "contacts"}
    run_all_jobs(make.AT)
    found = at_sandbox(domain)
    assert found.nameservers == ("a.dns.example", "b.dns.example")
    assert (found.is_locked, found.whois_privacy) == (False, True)
    contacts = {each["role"]: each for each in read(run, "domain", "contacts", "acme.com")}
    assert contacts["tech"]["email"] == "dns@acme.com"
    assert contacts["registrant"] == {"role": "registrant", **HOLDER}
    assert "No changes" not in run("domain", "show", "acme.com").stdout


def test_a_contact_field_that_there_is_not_is_refused(run: Run) -> None:
    held()
    for text in ("mail=x@example.com", "email"):
        refused = run("domain", "contacts", "acme.com", text)
        assert (refused.exit_code, "first_name" in refused.stderr) == (1, True)


def test_auto_renew_is_switched(run: Run) -> None:
    domain = held()
    assert run("domain", "auto-renew", "acme.com").exit_code == 2
    words = ("domain", "auto-renew", "acme.com", "--enabled", "off")
    assert run(*words, "--dry-run").exit_code == 0
    domain.refresh_from_db()
    assert domain.auto_renew
    assert run(*words).stderr == "Auto-renew is off.\n"
    domain.refresh_from_db()
    assert not domain.auto_renew


def test_an_open_renewal_is_void_with_auto_renew_off_where_that_is_asked(run: Run) -> None:
    sell("com")
    held()
    asked = run("domain", "renew", "acme.com").stderr
    assert "Renew: acme.com? 1 year: €12.00, expires Apr 8, 2028. Pass --yes" in asked
    number = run("domain", "renew", "acme.com", "--yes").stdout.strip()
    done = run("domain", "auto-renew", "acme.com", "--enabled", "off", "--void-renewal")
    assert done.stderr == "Auto-renew is off, and the unpaid renewal is canceled.\n"
    assert Invoice.objects.get(number=number).status == "cancelled"


def test_a_renewal_is_invoiced_and_carried_out_once_it_is_paid(run: Run) -> None:
    sell("com")
    domain = held()
    before = domain.expiry_date
    assert before is not None
    dearer = run("domain", "renew", "acme.com", "--years", 2, "--expect", "20.00")
    assert (dearer.exit_code, "The price is now 24.00 EUR" in dearer.stderr) == (1, True)
    done = run("domain", "renew", "acme.com", "--years", 2, "--expect", "24.00")
    assert (done.exit_code, "renews once it's paid" in done.stderr) == (0, True)
    number = done.stdout.strip()
    again = run("domain", "renew", "acme.com", "--yes")
    assert again.exit_code == 1
    make.make_payment(Invoice.objects.get(number=number))
    run_all_jobs(make.AT)
    assert at_sandbox(domain).expiry == before.replace(year=before.year + 2)
    assert domain.expiry_date == before.replace(year=before.year + 2)


def test_a_name_is_restored_once_the_fee_is_paid(run: Run) -> None:
    sell("com")
    set_tld_price(tld=Tld.objects.get(tld="com"), currency_code="EUR", restore=8000, ctx=CTX)
    domain = held(expiry_date=make.AT.date() - timedelta(days=40), status="redemption")
    dearer = run("domain", "restore", "acme.com", "--expect", "80.00")
    assert (dearer.exit_code, "The price is now 92.00 EUR" in dearer.stderr) == (1, True)
    done = run("domain", "restore", "acme.com", "--expect", "92.00")
    assert done.exit_code == 0, done.output
    invoice = Invoice.objects.get(number=done.stdout.strip())
    assert invoice.subtotal == 8000 + domain.recurring_amount
    make.make_payment(invoice)
    run_all_jobs(make.AT)
    assert at_sandbox(domain).state == "active"
    assert domain.status == "active"


def test_a_term_is_changed_with_its_price(run: Run) -> None:
    sell("com")
    domain = held()
    assert run("domain", "term", "acme.com", 3).exit_code == 0
    domain.refresh_from_db()
    assert domain.term_years == 3
    assert run("domain", "term", "acme.com", 11).exit_code == 2


def test_a_code_is_printed_alone_and_noted_without_itself(run: Run) -> None:
    domain = held()
    refused = run("domain", "code", "acme.com", "--yes")
    assert (refused.exit_code, refused.stdout) == (1, "")
    run("domain", "lock", "acme.com", "--locked", "off")
    run_all_jobs(make.AT)
    done = run("domain", "code", "acme.com", "--yes")
    assert done.stdout == f"Demo-{domain.pk:04d}\n"
    noted = AuditEntry.objects.get(action="domain.auth_code_revealed")
    assert "Demo-" not in str(vars(noted))


def test_a_transfer_goes_on_with_another_code_or_is_called_off(run: Run) -> None:
    sell("com")
    client = make.make_client(phone="+44.2012345")
    for name in ("taken-one.com", "taken-two.com"):
        words = ("domain", "transfer", name, "--client", str(client.pk))
        order = typed(*words, text="wrong-code\n").stdout.strip()
        assert run("order", "approve", order, "--unpaid-because", "a friend").exit_code == 0
    run_all_jobs(make.AT)
    assert run("domain", "transfer", "taken-one.com").exit_code == 2
    done = typed("domain", "transfer", "taken-one.com", "--new-code", text="right\n")
    assert (done.exit_code, "right" in done.output) == (0, False)
    assert run("domain", "cancel-transfer", "taken-two.com", "--yes").exit_code == 0
    run_all_jobs(make.AT)
    with clock.freeze_time(make.AT + timedelta(minutes=3)):
        assert run("domain", "sync", "taken-one.com").exit_code == 0
    listed = {each["domain"]: each["status"] for each in read(run, "domain", "list")}
    assert listed == {"taken-one.com": "active", "taken-two.com": "cancelled"}


def test_a_name_that_cannot_be_had_is_canceled_and_credited(run: Run) -> None:
    order = make.make_order(make.make_client(), items=[make_domain_item()])
    domain = Domain.objects.get(order_unit__item__order=order)
    done = run("domain", "credit", domain.domain_name, "--yes")
    assert done.stderr == "Domain canceled. What was left of its price is credited.\n"
    domain.refresh_from_db()
    assert (domain.status, Invoice.objects.get().status) == ("cancelled", "cancelled")
    held()
    refused = run("domain", "credit", "acme.com")
    assert (refused.exit_code, "was already registered" in refused.stderr) == (1, True)


def test_a_registrar_that_refuses_our_key_is_told(run: Run) -> None:
    with remote_registrar() as remote:
        domain = make_domain_at(remote, domain_name="acme.com")
        remote.key = "new"
        refused = run("domain", "sync", domain.domain_name)
        assert (refused.exit_code, "The key is not accepted." in refused.stderr) == (1, True)


def test_what_differs_at_the_registrar_is_taken_over_and_listed(run: Run) -> None:
    domain = held()
    Domain.objects.filter(pk=domain.pk).update(
        expiry_date=make.AT.date() + timedelta(days=100),
        next_due_date=make.AT.date() + timedelta(days=100),
    )
    done = run("domain", "sync", "acme.com")
    assert done.stderr == f"acme.com is active, expires {domain.expiry_date}.\n"
    (difference,) = read(run, "domain", "drift")
    assert (difference["field"], difference["theirs"]) == ("expiry", str(domain.expiry_date))
    assert read(run, "domain", "drift", "--open") == []
    run("registrar", "set", "sandbox", "outage", "on")
    silent = run("domain", "sync", "acme.com")
    assert (silent.exit_code, "Can't sync acme.com" in silent.stderr) == (1, True)
