"""What causes each mail to staff, with records of its kind: by the action, or by the end of a long story."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from commerce.accounts.data_export.actions import fail_data_export
from commerce.accounts.erasure.emails import send_erasure_blocked_email
from commerce.accounts.erasure.rules import ErasureBlocker
from commerce.accounts.models import Client, DataExport, Erasure
from commerce.accounts.recipients import send_staff_email
from commerce.backoffice.system.rehearsal_words import rehearsal_figures, rehearsal_steps
from commerce.billing.changes.plan_changes.emails import send_plan_change_not_carried_out_email
from commerce.billing.models import BilledPeriod
from commerce.billing.tax import actions as vat
from commerce.billing.tax.emails import send_books_rate_missing_email, send_tax_number_refused_email
from commerce.billing.tax.rules import BooksRate
from commerce.billing.tax.steps import send_missing_tax_rule_emails
from commerce.billing.tax.vies import VatReply
from commerce.catalog.exchange_rates.emails import send_rate_held_email
from commerce.consumers.emails import send_payout_email
from commerce.dns import steps as dns_steps
from commerce.dns.emails import send_server_silent_email
from commerce.domains.actions import losses, registry_messages
from commerce.domains.balances import _told_if_low
from commerce.domains.models import RegistryMessage
from commerce.domains.registrars.contract import Cost
from commerce.hosting.actions.drift import end_comparison
from commerce.hosting.emails import send_capacity_missing_email
from commerce.hosting.models import DriftFinding, Server
from commerce.hosting.rules import DriftKind
from commerce.hosting.steps import warn_of_full_servers
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.remotes import note_silence
from commerce.jobs.rules import RestCause
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.remote.silence import TOO_LATE, silence_text
from commerce.orders.actions.lifecycle import activate_paid_order
from commerce.orders.sales_quotes.actions.accepting import mark_accepted
from commerce.orders.sales_quotes.emails import send_quote_not_honored_email
from commerce.payments.gateways import accounts, comparison
from commerce.payments.gateways.registry import get_gateway
from commerce.proof import steps as proof_steps
from commerce.proof.check import CheckViolation
from commerce.proof.checks.all_checks import CHECKS
from commerce.proof.runner import CheckVerdict
from commerce.runs.backups import (
    record_backup,
    send_backup_missing_email,
    send_rehearsal_email,
)
from commerce.runs.history import send_run_missing_email
from commerce.runs.housekeeping import send_parked_jobs_emails
from commerce.runs.models import DailyRun
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from commerce.webhook_endpoints.emails import send_disabled_endpoint_mail, send_ended_endpoint_mail
from tests.make import AT, make_domain, make_invoice, make_order, make_payment, make_service
from tests.make.payments import dispute_payment
from tests.make.quotes import make_quote
from tests.make.statements import state, switch_on_consumers
from tests.make.webhook_endpoints import make_company_endpoint
from tests.make.zones import make_stored_zone

CTX = Context(AT, SYSTEM)
DAY = RunDay(AT.date(), AT)
PROBLEM = silence_text("api.example.net", TOO_LATE)
REFUSED = BusinessError("amount.not_a_number")
"""A refusal whose text is looked up when it is read."""


def _step(act: Callable[[RunDay, StepReport], None]) -> None:
    act(DAY, StepReport("step", ""))


def _order(client: Client) -> None:
    set_setting(key="orders.auto_approve", value="off", ctx=CTX)
    order = make_order(client)
    make_payment(order.invoice)
    activate_paid_order(invoice_id=order.invoice_id or 0, ctx=CTX)


def _statement(client: Client) -> None:
    switch_on_consumers()
    statement = state(about=make_service(client))
    send_payout_email(statement=statement, amount=1100, code="EUR", at=AT)


def _parked(client: Client) -> None:
    """A job of each kind that is known by its number, or by what it is about."""
    domain, invoice, service = make_domain(client), make_invoice(client), make_service(client)
    jobs = (
        (("domain", domain.pk), "domain.renew"),
        (("domain", domain.pk), "zone.send_ds"),
        (("refund", 7), "refund.send"),
        (("invoice", invoice.pk), "documents.make"),
        (("client", client.pk), "client.check_vat"),
        (("service", service.pk), "service.suspend"),
    )
    for subject, action in jobs:
        enqueue(subject, action, "scene", AT)
    parked = Job.objects.filter(idempotency_key="scene")
    parked.update(status="parked", error=PROBLEM)
    _step(send_parked_jobs_emails)
    for hours, job in enumerate(parked.order_by("pk")):
        from commerce.accounts.staff_emails import send_job_parked_email
        from commerce.jobs.events import JobParked

        send_job_parked_email(JobParked(job.pk), Context(AT + timedelta(hours=hours), SYSTEM))


def _rests(remote: str, cause: RestCause) -> None:
    for _ in range(5):
        note_silence(remote=remote, at=AT, cause=cause, problem=PROBLEM)


def _payments(_client: Client) -> None:
    kinds = (
        {"kind": "not_booked"},
        {"kind": "not_at_gateway"},
        {"kind": "not_booked", "was_booked": True},
        {"kind": "not_booked", "problem": comparison.error_words(REFUSED)},
    )
    found = [
        comparison.PaymentDifference(
            gateway="stripe", transaction_id="7", amount=100, currency_code="EUR", **kind
        )
        for kind in kinds
    ]
    comparison._send_differences_email(get_gateway("stripe"), found, DAY)


def _cards(_client: Client) -> None:
    with patch.object(accounts, "cards_at_rest", return_value=SimpleNamespace(count=lambda: 3)):
        accounts.send_cards_at_rest_emails(get_gateway("stripe"))


def _zones(client: Client) -> None:
    make_stored_zone(client, "first.example")
    make_stored_zone(client, "second.example")
    server: Any = SimpleNamespace(
        slug="powerdns", get_zone=lambda name: None if name[0] == "f" else _unreadable()
    )
    with patch.object(dns_steps, "dns_server", return_value=server):
        _step(dns_steps.compare_zones_daily)


def _unreadable() -> None:
    raise ValueError("7")


def _run_failed(_client: Client) -> None:
    values = {"step": "7", "count": 2}
    send_staff_email(event="run_failed", idempotency_key="1", page="runs/1", values=values, at=AT)


def _run_missing(_client: Client) -> None:
    DailyRun.objects.create(date=AT.date(), started_at=AT, started_by="test", ended_at=AT)
    send_run_missing_email(at=AT + timedelta(hours=60))


def _company_webhook_off(_client: Client) -> None:
    endpoint, _secret = make_company_endpoint()
    endpoint.failing_since = AT
    send_disabled_endpoint_mail(endpoint=endpoint, ctx=Context(AT, SYSTEM))


def _company_webhook_ended(_client: Client) -> None:
    endpoint, _secret = make_company_endpoint()
    send_ended_endpoint_mail(endpoint=endpoint, ctx=Context(AT, SYSTEM))


def _backup_missing(_client: Client) -> None:
    record_backup(at=AT, size=1)
    send_backup_missing_email(at=AT + timedelta(hours=27))


def _proof(client: Client) -> None:
    """Two checks fail, and a renewal waits that was paid."""
    checks = {check.name: check for check in CHECKS}
    period = BilledPeriod.objects.create(
        domain=make_domain(client),
        period_start=AT.date(),
        period_end=AT.date() + timedelta(365),
        created_at=AT,
        status="waived",
        ended_at=AT,
    )
    verdicts = [
        CheckVerdict(checks[name], 1, [CheckViolation(name, ("billed_period", period.pk), "")], 1)
        for name in ("U5-length", "U5-once", "S10-renewals")
    ]
    with patch.object(proof_steps, "run_proof", return_value=verdicts):
        _step(proof_steps.prove_nightly)


def _messages(_client: Client) -> None:
    row = RegistryMessage.objects.create(
        registrar="opensrs", message_id="1", kind="transfer", text="7", queued_at=AT, read_at=AT
    )
    registry_messages._send_messages_email("opensrs", [row], CTX)


def _differing_accounts(client: Client) -> None:
    service = make_service(client, username="7")
    server = Server.objects.get(pk=service.server_id) if service.server_id else _a_server()
    for kind in DriftKind:
        DriftFinding.objects.create(
            server=server,
            service=make_service(client),
            kind=kind,
            account="7",
            local="active",
            remote="on",
            found_at=AT,
        )
    finding = DriftFinding.objects.get(kind=DriftKind.OTHER_PACKAGE)
    DriftFinding.objects.filter(pk=finding.pk).update(local="1", remote="2")
    end_comparison(server=server, since=AT - timedelta(hours=1), ctx=CTX)


def _a_server() -> Server:
    from tests.make.records import make_server

    return make_server(max_accounts=1)


def _full(client: Client) -> None:
    make_service(client, server=_a_server())
    _step(warn_of_full_servers)


def _held(_client: Client) -> None:
    from tests.make.records import make_currency

    euro = make_currency("EUR")
    euro.rate, euro.rate_on, euro.held_quotes = "1.0821", AT.date(), "2/1"
    euro.held_on = AT.date()
    send_rate_held_email(currency=euro, at=AT)


def _missing_rate(_client: Client) -> None:
    from commerce.catalog.exchange_rates.rules import CurrencyRate

    lacking = BooksRate("USD", "EUR", CurrencyRate(None, AT.date()), "USD")
    send_books_rate_missing_email(lacking, day=AT.date(), at=AT)


def _no_rule(_client: Client) -> None:
    from commerce.billing.tax import steps

    with patch.object(steps, "countries_without_rate", return_value=["FR", "SE"]):
        _step(send_missing_tax_rule_emails)


def _vies(client: Client) -> None:
    number = vat.parse_vat_number("SE556677889901", AT.date())
    assert number is not None
    vat._store_vat_reply(number, VatReply("unavailable"), client=client, day=AT.date(), ctx=CTX)


def _erasure(client: Client) -> None:
    erasure = Erasure.objects.create(client=client, requested_at=AT, erase_on=AT.date())
    blockers = [ErasureBlocker("invoice", 1, "7"), ErasureBlocker("service", 1, "7")]
    send_erasure_blocked_email(erasure=erasure, client=client, blockers=blockers, at=AT)


def _export(client: Client) -> None:
    export = DataExport.objects.create(client=client, requested_at=AT)
    fail_data_export(export=export, error="7", at=AT)


def _not_carried_out(client: Client) -> None:
    from tests.make.one_of_each import _plan_change

    change, reason = _plan_change(client), comparison.error_words(REFUSED)
    send_plan_change_not_carried_out_email(change=change, reason=reason, at=AT)


def _disputed(client: Client) -> None:
    dispute_payment(
        payment=make_payment(make_invoice(client)), reason="product_not_received", ctx=CTX
    )


def _quote_accepted(client: Client) -> None:
    quote = make_quote(client)
    mark_accepted(quote, make_order(client), None, CTX)


def _quote_not_honored(client: Client) -> None:
    send_quote_not_honored_email(quote=make_quote(client), reason="too dear", at=AT)


SCENES: dict[str, Callable[[Client], object]] = {
    "order_awaiting_approval": _order,
    "quote_accepted": _quote_accepted,
    "quote_not_honored": _quote_not_honored,
    "consumer_statement": _statement,
    "consumer_payout": _statement,
    "plan_change_not_carried_out": _not_carried_out,
    "job_parked": _parked,
    "jobs_parked": _parked,
    "gateway_key_refused": lambda _: _rests("gateway stripe", RestCause.REFUSED),
    "gateway_cards_rest": _cards,
    "dispute_opened": _disputed,
    "payments_differ": _payments,
    "zones_differ": _zones,
    "dns_server_down": lambda _: send_server_silent_email(server="1", problem=PROBLEM, at=AT),
    "run_failed": _run_failed,
    "run_missing": _run_missing,
    "company_webhook_off": _company_webhook_off,
    "company_webhook_ended": _company_webhook_ended,
    "backup_missing": _backup_missing,
    "rehearsal_done": lambda _: send_rehearsal_email(
        file="commerce.tar.gz",
        lines=rehearsal_figures({}, {"payments_payment.amount EUR": 7})
        + rehearsal_steps([{"step": "renew", "rows": 3, "counts": {"rows": 3}}]),
        failed=False,
        at=AT,
    ),
    "rehearsal_failed": lambda _: send_rehearsal_email(
        file="commerce.tar.gz", lines=[], failed=True, at=AT
    ),
    "proof_failed": _proof,
    "renewals_waiting": _proof,
    "registrar_names_missing": lambda _: losses._raise("opensrs", 40, 60, CTX),
    "registrar_balance_low": lambda _: _told_if_low("opensrs", Cost(4999, "USD"), 25_000, DAY),
    "registry_messages": _messages,
    "service_without_server": lambda client: send_capacity_missing_email(
        service=make_service(client, "pending"), at=AT
    ),
    "servers_nearly_full": _full,
    "server_accounts_differ": _differing_accounts,
    "tax_rule_missing": _no_rule,
    "exchange_rate_missing": _missing_rate,
    "exchange_rate_held": _held,
    "vat_check_refused": lambda client: send_tax_number_refused_email(
        "SE556677889901", "INVALID_INPUT", client=client, at=AT
    ),
    "vat_service_down": _vies,
    "erasure_blocked_staff": _erasure,
    "data_export_failed_staff": _export,
}
"""Each event to staff that ``test_each_event`` does not cause."""
