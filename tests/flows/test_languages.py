"""What is written for a client is in their language, whoever acts, and nothing of it stays for the next one."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.conf import LazySettings
from django.core import mail
from django.utils import translation

from commerce.accounts.actions.mail_preferences import set_mail_preferences
from commerce.accounts.models import Client
from commerce.billing.documents.branding import style_of
from commerce.billing.documents.document_text import document_text
from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import CreditNote, Invoice
from commerce.catalog.models import Product
from commerce.daily_steps import DAILY_STEPS
from commerce.kit.context import SYSTEM, Context
from commerce.mail.actions.templates import set_template
from commerce.orders.actions.cancelling import cancel_order
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import ProductCartLine
from commerce.orders.models import Order
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.make.api import call_api
from tests.make.document_content import make_document_content
from tests.make.jobs import run_all_jobs
from tests.make.mails import deliver_all, mails_to
from tests.make.people import make_member, make_user
from tests.make.renewals import RENEWED_AT
from tests.make.repricing import set_product_price

pytestmark = pytest.mark.django_db

GERMAN = {
    "%(product)s, monthly (billing starts on activation)": "%(product)s, monatlich (ab Aktivierung)",
    "%(product)s: setup fee": "%(product)s: Einrichtung",
    "Late fee for invoice %(number)s": "Mahngebühr zu Rechnung %(number)s",
    "Order %(number)s was canceled.": "Bestellung %(number)s wurde storniert.",
    "Credit for invoice %(number)s": "Gutschrift zu Rechnung %(number)s",
    "Reverse charge": "Steuerschuldnerschaft des Leistungsempfängers",
    "Invoice": "Rechnung",
}
YEARS = {
    (
        "Domain renewal: %(name)s (%(years)s year)",
        "Domain renewal: %(name)s (%(years)s years)",
    ): ("Domainverlängerung: %(name)s (%(years)s Jahr)", "… (%(years)s Jahre)"),
}


@pytest.fixture(autouse=True)
def _german(tmp_path: Path, settings: LazySettings) -> Iterator[None]:
    """A release that has some German, which the installation offers."""
    catalog = Catalog(locale="de", domain="django", charset="utf-8")
    for english, german in [*GERMAN.items(), *YEARS.items()]:
        catalog.add(english, german)
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, catalog)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    set_setting(key="locale.enabled", value="en,de", ctx=Context(make.AT, SYSTEM))
    before = translation.get_language()
    yield
    assert translation.get_language() == before


def client_of(locale: str) -> Client:
    client = make.make_client()
    Client.objects.filter(pk=client.pk).update(locale=locale)
    client.refresh_from_db()
    return client


def lines_of(client: Client) -> list[str]:
    rows = Invoice.objects.for_client(client).order_by("pk")
    return [line.description for invoice in rows for line in invoice.lines.order_by("position")]


def nightly_run(*names: str) -> None:
    steps = [step for step in DAILY_STEPS if step.name in names]
    assert len(steps) == len(names)
    report = run_daily(steps, day=RunDay(RENEWED_AT.date(), RENEWED_AT), started_by="test")
    assert not report.failed, report.as_text()


def hosting() -> Product:
    return Product.objects.filter(name="Hosting").first() or make.make_product(name="Hosting")


def placed(client: Client) -> Order:
    product = hosting()
    set_product_price(product, 500, "monthly", "EUR")
    return place_cart_lines(
        vat_refresh=None,
        cart_lines=[ProductCartLine(product_id=product.pk, billing_cycle="monthly")],
        client=client,
        placed_by=None,
        shown_total=None,
        idempotency_key=f"form {client.pk}",
        ctx=Context(make.AT, SYSTEM),
    )


def test_the_daily_run_writes_each_invoice_in_the_language_of_its_client() -> None:
    clients = [client_of(locale) for locale in ("de", "en", "de")]
    for client in clients:
        make.make_service(client, product=hosting(), domain="a.example")
    nightly_run("renew")
    german = ["Hosting, a.example, 8. Mai – 7. Juni 2026"]
    english = ["Hosting, a.example, May 8 – Jun 7, 2026"]
    assert [lines_of(client) for client in clients] == [german, english, german]


def test_the_renewal_of_a_domain_speaks_its_clients_language() -> None:
    clients = [client_of(locale) for locale in ("de", "en")]
    for number, client in enumerate(clients):
        make.make_domain(
            client,
            domain_name=f"name{number}.example",
            expiry_date=RENEWED_AT.date() + timedelta(days=20),
        )
    nightly_run("renew-domains")
    assert [lines_of(client) for client in clients] == [
        ["Domainverlängerung: name0.example (1 Jahr)"],
        ["Domain renewal: name1.example (1 year)"],
    ]


@pytest.mark.parametrize("reader", ["en", "de"])
def test_an_order_speaks_its_clients_language_and_not_its_readers(reader: str) -> None:
    german, english = client_of("de"), client_of("en")
    with translation.override(reader):
        for client in (german, english):
            cancel_order(order=placed(client), reason="a test", ctx=Context(make.AT, SYSTEM))
    assert lines_of(german) == ["Hosting, monatlich (ab Aktivierung)"]
    assert lines_of(english) == ["Hosting, monthly (billing starts on activation)"]
    [note] = CreditNote.objects.filter(client=german)
    number = Order.objects.get(client=german).number
    assert note.reason == f"Bestellung {number} wurde storniert."
    assert CreditNote.objects.get(client=english).reason.endswith("was canceled.")


def test_what_an_invoice_says_does_not_change_with_its_clients_language() -> None:
    client = client_of("de")
    placed(client)
    Client.objects.filter(pk=client.pk).update(locale="en")
    assert lines_of(client) == ["Hosting, monatlich (ab Aktivierung)"]


def test_what_is_credited_as_a_whole_speaks_its_clients_language() -> None:
    invoice = make.make_invoice(client_of("de"))
    note = void_invoice(invoice=invoice, reason="Irrtum", ctx=Context(make.AT, SYSTEM))
    [line] = note.lines.all()
    assert line.description == invoice.lines.get().description


def test_a_document_is_in_the_language_of_its_client_and_names_the_tax_in_it() -> None:
    style = style_of(make.make_invoice(client_of("de")))
    facts = make_document_content(make.REVERSE_CHARGE)
    told = document_text(facts, locale=style.locale, account=None)
    assert (told["lang"], told["title"]) == ("de", "Rechnung")
    assert told["remarks"] == ["Steuerschuldnerschaft des Leistungsempfängers"]
    assert "8. April 2026" in str(told["meta"])


def test_a_mail_is_in_the_language_of_its_reader_and_not_of_the_client() -> None:
    client = client_of("en")
    greta = make_member(client, user=make_user("greta@example.com", locale="de"))
    set_mail_preferences(membership=greta, groups=["billing"], ctx=Context(make.AT, SYSTEM))
    text = "{#items}{description}: {amount}{/items} bis {invoice_due_date}"
    set_template(
        event="invoice_created",
        locale="de",
        subject="Rechnung {invoice_number}: {amount_due}",
        html="",
        text=text,
        ctx=Context(make.AT, SYSTEM),
    )
    make.make_service(client, product=hosting())
    nightly_run("renew")
    run_all_jobs(RENEWED_AT)
    deliver_all(RENEWED_AT)
    [german] = mails_to("greta@example.com", "Rechnung")
    assert german.subject == "Rechnung INV-0001: 5,00\u00a0€"
    assert "May 8 – Jun 7, 2026: 5,00\u00a0€" in str(german.body)  # as the invoice has it
    assert "bis 22.05.2026" in str(german.body)
    others = [one.subject for one in mail.outbox if one.to != ["greta@example.com"]]
    assert others
    assert not [subject for subject in others if "Rechnung" in subject]


def test_the_api_speaks_english_to_a_german_client() -> None:
    said = set()
    for locale in ("de", "en"):
        _token, plain = make.make_token(client_of(locale))
        answer = call_api("/services?status=x", plain, headers={"accept-language": "de"})
        assert answer.status >= 400, answer
        said.add(json.dumps({**answer.json, "request_id": ""}))
    assert len(said) == 1
