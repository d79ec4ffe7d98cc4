"""Each list and show of the `commerce` command prints JSON in one form, on rows of every kind, and no secret."""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import click
import pytest
from click.testing import CliRunner

from commerce.accounts.models import Client, Staff
from commerce.billing.models import BooksMonth, PlanChange
from commerce.catalog.models import OptionValue
from commerce.cli.root import COMMANDS, commerce
from commerce.consumers.models import ConsumerStatement
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.mail.models import OutgoingMail
from commerce.orders.models import Order
from commerce.payments.models import Payment
from tests import make
from tests.dns.powerdns import running_powerdns
from tests.doubles.gateway import SECRET, fake_gateway_on
from tests.make.jobs import run_all_jobs
from tests.make.nameservers import give_nameservers
from tests.make.payments import declare_transfer
from tests.make.plan_changes import make_open_plan_change
from tests.make.renewals import make_renewal
from tests.make.repricing import make_service_with_dearer_product
from tests.make.staff import GRACE, make_staff_token
from tests.make.webhook_endpoints import make_company_endpoint
from tools.servers import PowerDns

__all__ = ["running_powerdns"]

CODE = "hush-hush-4711"
READING = {"list", "show", "groups"}
AMOUNTS = set(
    "amount amount_due total subtotal discount tax net balance price setup_fee unit_amount list_amount"
    " old_amount new_amount".split()
)
AS_STORED = {"before", "after", "record", "data"}
"""What an audit entry and a job hold, in the form in which each action wrote it."""


def reading_commands(
    group: click.Group = commerce, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    """Each list and show with its words, such as ``payment unallocated list``."""
    with click.Context(group) as ctx:
        for name in group.list_commands(ctx):
            command = group.get_command(ctx, name)
            if isinstance(command, click.Group):
                yield from reading_commands(command, (*path, name))
            elif command is not None and name in READING:
                yield " ".join([*path, name]), command


READERS = dict(reading_commands())


def test_each_list_and_show_can_print_json() -> None:
    assert len(READERS) > len(COMMANDS) // 2
    without = [
        words
        for words, command in READERS.items()
        if "--json" not in {text for option in command.params for text in option.opts}
    ]
    assert without == []


def run(*words: object, typed: str = "") -> str:
    done = CliRunner().invoke(commerce, [str(word) for word in words], input=typed)
    assert done.exit_code == 0, f"{words}: {done.output}"
    return done.stdout


@pytest.fixture
def secrets(running_powerdns: PowerDns) -> Iterator[set[str]]:
    """A bit of everything that the commands read, and what of it none of them may tell."""
    give_nameservers()
    with fake_gateway_on(), clock.freeze_time(make.AT):
        client = make.make_client(owner="alice@example.com", phone="+49.301234")
        said = ("--name", "Jane", "--words", "my web space", "--sent-on", "2026-04-08")
        run("statement", "record", "ending", *said)
        yield {SECRET, CODE, running_powerdns.api_key, *_fill(client, running_powerdns)}


def _add_server() -> None:
    run("server", "add-group", "--name", "eu")
    run("server", "add", "--name", "web1", "--hostname", "web1.example", "--group", "eu")


def _fill(client: Client, dns: PowerDns) -> set[str]:
    run("setting", "set", "company.tax_id", "DE123456789")
    run("setting", "set", "company.country", "DE")
    plain = run("token", "create", client.pk, "--name", "sync").strip()
    run(
        "staff",
        "create",
        GRACE,
        *"--first-name Grace --last-name Hopper --password correct-horse-battery".split(),
    )
    run(*"machine-account new --name Sync --role billing --yes --owner".split(), GRACE)
    run("field", "new", "--name", "Score", "--admin-only")
    run("field", "set", client.pk, "Score", "high")
    _add_server()
    product = make.make_product(name="Starter", prices=[("EUR", "monthly", 500)])
    run("option", "add-group", "--name", "Extras", "--products", product.slug)
    run("option", "add", "Extras", "--name", "Memory", "--values", "4 GB")
    run("option", "price", OptionValue.objects.get().pk, "EUR", "monthly", "3.00")
    run("promo", "add", "--code", "FIVE", "--amounts", "5.00 EUR", "--ends-on", "2030-01-31")
    run("faq", "add", "--question", "Do you move my website?", "--answer", "Yes.")
    run("client-group", "new", "--name", "Partners", "--discount", "12.5")
    run("client-group", "price", "Partners", product.slug, "EUR", "monthly", "4.00")
    run("tax", "rule", "add", "--country", "de", "--rate", "19", "--valid-from", "2026-01-01")
    run("client", "check-vat", make.make_client(tax_id="DE123456788", country="DE").pk)
    order = run("order", "place", client.pk, "--key", "k", "--product", f"{product.slug}:monthly")
    run("tld", "set", "example", "EUR", "--transfer", "9.00", "--renew", "9.00", "--on")
    name = run("order", "place", client.pk, "--key", "n", "--transfer", "a.example", typed=CODE)
    for number in (order, name):
        run("order", "approve", number.strip(), "--unpaid-because", "trusted")
    run_all_jobs(make.AT, failing=True)
    run("payment", "unallocated", "record", "12.00", "EUR", "--transaction", "T1")
    invoice = make.make_payment(make_renewal(client)).invoice
    run("payment", "refund", Payment.objects.get().pk, "--to-credit", "1.00", "--reason", "late")
    run("payment", "open-dispute", Payment.objects.get().pk, "--reason", "unknown")
    notice = make.make_invoice(client)
    declare_transfer(notice)
    run("document", "make", invoice.number)
    make_service_with_dearer_product()
    run("reprice", "services", "--all", "--apply")
    hosts = "ns1.example.net, ns2.example.net"
    run("setting", "set", "dns.nameservers", hosts)
    run("setting", "set", "dns.powerdns.api_url", dns.api_url)
    run("setting", "set", "dns.powerdns.api_key", typed=dns.api_key)
    run("setting", "set", "dns.server", "powerdns")
    run("dns", "add", client.pk, "names.example")
    run("credit", "add", client.pk, "20.00", "--note", "sorry")
    make_open_plan_change(make.make_client())
    return {plain, make_staff_token(Staff.objects.people().get())[1]}


def _tld_with_field() -> str:
    run("tld", "field", "set", "example", "form", "--type", "choice", "--choice", "a=Apple")
    return "example"


def arguments(words: str) -> list[object]:
    """What a command is asked about, where it must be told."""
    client = Client.objects.get(phone="+49.301234").pk
    parked = Job.objects.filter(subject_kind="domain", status="parked")
    found: dict[str, Any] = {
        "tld field list": _tld_with_field,
        "staff-role show": lambda: "support",
        "staff show": lambda: "grace@example.com",
        "token list": lambda: client,
        "client show": lambda: client,
        "field show": lambda: client,
        "month show": lambda: "2026-03",
        "credit show": lambda: client,
        "vat show": lambda: client,
        "statement show": lambda: ConsumerStatement.objects.get().pk,
        "order show": lambda: Order.objects.order_by("pk")[0].number,
        "invoice show": lambda: Payment.objects.get().invoice.number,
        "payment show": lambda: Payment.objects.get().pk,
        "job show": lambda: parked[0].pk,
        "catalog show": lambda: "starter",
        "promo show": lambda: "FIVE",
        "client-group show": lambda: "Partners",
        "domain show": lambda: "a.example",
        "registrar show": lambda: "resellerclub",
        "gateway show": lambda: "fake",
        "mail show": lambda: OutgoingMail.objects.order_by("pk")[0].pk,
        "mail template show": lambda: "welcome",
        "document show": lambda: Payment.objects.get().invoice.number,
        "service show": lambda: Service.objects.order_by("pk")[0].pk,
        "plan-change show": lambda: PlanChange.objects.get().pk,
        "server show": lambda: "web1",
        "dns show": lambda: "names.example",
    }
    return [found[words]()] if words in found else []


@pytest.mark.django_db
def test_each_list_and_show_prints_one_form_of_json(secrets: set[str]) -> None:
    make_company_endpoint(Staff.objects.people().get())
    BooksMonth.objects.create(month=date(2026, 3, 1), last_day=date(2026, 3, 31))
    for words in READERS:
        text = run(*words.split(), *arguments(words), "--json")
        told = json.loads(text)
        assert told, f"{words} had nothing to tell"
        assert list(faults(told)) == [], words
        assert [secret for secret in secrets if secret in text] == [], words
        assert run(*words.split(), *arguments(words)), words


def faults(value: Any, at: str = "") -> Iterator[str]:
    """What is not in the agreed form: amounts without a currency, fractions, days that are not ISO 8601."""
    if isinstance(value, dict):
        if AMOUNTS & {name for name, each in value.items() if each is not None}:
            yield from (
                f"{at}.{name} is {value[name]!r}"
                for name in AMOUNTS & value.keys()
                if not isinstance(value[name], int | None) or "currency_code" not in value
            )
        for name in value.keys() - AS_STORED:
            yield from faults(value[name], f"{at}.{name}")
    elif isinstance(value, list):
        for each in value:
            yield from faults(each, at)
    elif isinstance(value, float) or (isinstance(value, str) and not is_agreed(value)):
        yield f"{at} is {value!r}"


def is_agreed(text: str) -> bool:
    """Whether a text is no amount, and a day or an instant only in the agreed form."""
    if re.fullmatch(r"-?[\d.,]+ ?([A-Z]{3}|%)", text):
        return False
    if not re.fullmatch(r"\d{4}-\d\d-\d\d.{0,20}", text):
        return True
    if text.endswith("Z"):
        return datetime.fromisoformat(text).utcoffset() == timedelta()
    return bool(date.fromisoformat(text))


@pytest.mark.django_db
def test_a_job_reveals_a_code_to_people_only(secrets: set[str]) -> None:
    job = Job.objects.filter(subject_kind="domain", status="parked")[0]
    assert CODE in run("job", "show", job.pk, "--reveal")
    refused = CliRunner().invoke(commerce, ["job", "show", str(job.pk), "--reveal", "--json"])
    assert (refused.exit_code, refused.stdout) == (2, "")
