"""The daily comparison of what gateways took with what is booked here (payments.md 2.8)."""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from commerce.accounts.recipients import send_staff_email
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.gateway_calls import watched_gateway
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts import (
    known_account,
    recognize_account,
    send_cards_at_rest_emails,
)
from commerce.payments.gateways.contract import (
    Gateway,
    KeyRefusedError,
    PaymentReport,
)
from commerce.payments.models import Attempt, Payment, SavedCard, UnallocatedPayment
from commerce.payments.rules import PaymentReportKind
from commerce.presentation.amounts import lazy_money
from commerce.presentation.labels import Text
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.adapter_fields import missing_fields

log = logging.getLogger(__name__)

MAY_NOT_LIST = "gateway.may_not_list"
"""Of a gateway that is left out: its account has no permission to list what it took."""
OVERLAP = timedelta(days=1)
"""A gateway is asked for one day more than the books are, as its clock and its days are its own."""


@dataclass(frozen=True, slots=True)
class PaymentDifference:
    """A payment that only one side has: ``kind`` is ``not_booked`` or ``not_at_gateway``, ``amount`` in minor units."""

    kind: str
    gateway: str
    transaction_id: str
    amount: int
    currency_code: str
    was_booked: bool = False
    problem: Text = ""
    """Why it could not be booked."""

    def __str__(self) -> str:
        money = Money(self.amount, self.currency_code)
        if self.kind == "not_at_gateway":
            return f"{self.gateway} {self.transaction_id}, {money}: recorded here, unknown at the gateway"
        text = f"{self.gateway} {self.transaction_id}, {money}: received at the gateway, not recorded here"
        if self.problem:
            return f"{text}; can't be recorded: {self.problem}"
        return f"{text}; recorded now" if self.was_booked else text


_NOT_AT_GATEWAY = _("{payment}, {amount}: recorded here, unknown at the gateway")
_NOT_BOOKED = _("{payment}, {amount}: received at the gateway, not recorded here")
_BOOKED_NOW = _("{payment}, {amount}: received at the gateway, recorded now")
_NOT_BOOKABLE = _("{payment}, {amount}: received at the gateway, can't be recorded: {problem}")


def difference_words(one: PaymentDifference) -> Text:
    """The same for staff, in their language and with the amount in its form."""
    text = _BOOKED_NOW if one.was_booked else _NOT_BOOKED
    if one.kind == "not_at_gateway":
        text = _NOT_AT_GATEWAY
    elif one.problem:
        text = _NOT_BOOKABLE
    amount = lazy_money(one.amount, one.currency_code)
    return format_lazy(text, payment=one.transaction_id, amount=amount, problem=one.problem)


def comparable_gateways() -> list[Gateway]:
    """Those that list their payments and have their credentials, whether clients are offered them or not."""
    adapters = (
        registry.get_gateway(slug)
        for slug, adapter in registry.GATEWAY_CLASSES.items()
        if adapter.capabilities.list_payments
    )
    return [adapter for adapter in adapters if not missing_fields(adapter.fields, adapter.settings)]


def compare_gateway(
    gateway: Gateway, *, at: datetime, book: bool = False
) -> list[PaymentDifference]:
    """How a gateway and the books differ over the days that it lists. Raises ``OSError`` when it does not answer, and
    ``BusinessError`` when it may not list them.

    With ``book`` what belongs to an attempt of ours is booked, as if its event had come; money that is not ours may be
    another shop's in the same account, and is told only.
    """
    listed = {
        report.transaction_id or report.reference: report
        for report in gateway.list_payments(compared_days(gateway, at)[0] - OVERLAP)
        if report.kind == PaymentReportKind.PAID
    }
    found = list(_not_booked(gateway.slug, listed))
    if book:
        found = [_booked(each, listed[each.transaction_id], at) for each in found]
    return [*found, *_not_at_gateway(gateway, set(listed), at)]


def compared_days(gateway: Gateway, at: datetime) -> tuple[datetime, datetime]:
    """From when until when what is booked must be listed."""
    can = gateway.capabilities
    return at - timedelta(days=can.listed_days), at - timedelta(days=can.listed_late_days)


def _not_booked(slug: str, listed: dict[str, PaymentReport]) -> Iterator[PaymentDifference]:
    known: set[str | None] = set()
    for model in (Payment, UnallocatedPayment):
        rows = model._default_manager.filter(gateway=slug, transaction_id__in=listed)
        known |= set(rows.values_list("transaction_id", flat=True))
    for transaction_id, report in sorted(listed.items()):
        if transaction_id not in known:
            yield PaymentDifference(
                "not_booked", slug, transaction_id, report.amount, report.currency_code
            )


def _booked(one: PaymentDifference, report: PaymentReport, at: datetime) -> PaymentDifference:
    """One that cannot be booked is told with its reason, and the others go on."""
    try:
        report = _whole(one.gateway, report)
        if not Attempt.objects.filter(gateway=one.gateway, reference=report.reference).exists():
            return one
        apply_payment_report(gateway=one.gateway, report=report, ctx=Context(at, SYSTEM))
    except Exception as error:
        log.exception("Payment %s of %s could not be recorded.", one.transaction_id, one.gateway)
        return replace(one, problem=error_words(error))
    return replace(one, was_booked=True)


def _text_of(error: Exception) -> str:
    return str(error) or type(error).__name__


error_words = lazy(_text_of, str)
"""What an error says, once its reader's language is known."""


def _whole(slug: str, report: PaymentReport) -> PaymentReport:
    """Where the list names the attempt alone, the gateway is asked about it: another shop may count as we do."""
    if report.reference or not report.attempt_id.isdecimal():
        return report
    attempt = Attempt.objects.filter(gateway=slug, pk=report.attempt_id).first()
    if attempt is None or not attempt.reference:
        return report
    found = registry.get_gateway(slug).fetch(attempt.reference)
    return found if found.transaction_id == report.transaction_id else report


def _not_at_gateway(
    gateway: Gateway, listed: set[str], at: datetime
) -> Iterator[PaymentDifference]:
    """Bookings of these days that were not listed; one that was paid earlier and booked late is asked for."""
    since, until = compared_days(gateway, at)
    booked = Payment.objects.booked().filter(
        gateway=gateway.slug, booked_at__gte=since, booked_at__lte=until
    )
    if used := known_account(gateway):  # another account has what was paid to that
        others = Attempt.objects.exclude(account__in=["", used])
        booked = booked.exclude(attempt__in=others.filter(gateway=gateway.slug))
    for row in booked.select_related("attempt").order_by("pk"):
        if row.transaction_id in listed or _is_there(gateway, row):
            continue
        yield PaymentDifference(
            "not_at_gateway", gateway.slug, row.transaction_id, row.amount, row.currency_id
        )


def _is_there(gateway: Gateway, row: Payment) -> bool:
    reference = (row.attempt.reference if row.attempt else None) or row.reference
    if not reference:
        return False
    try:
        report = gateway.fetch(reference)
    except BusinessError:
        return False
    return (
        report.kind == PaymentReportKind.PAID
        and (report.transaction_id or reference) == row.transaction_id
    )


def _learn_account(gateway: Gateway) -> None:
    """Of cards that are older than the names of accounts it is not known of which they are."""
    cards = SavedCard.objects.kept().filter(gateway=gateway.slug, account="")
    if not known_account(gateway) or cards.exists():
        recognize_account(gateway)
        send_cards_at_rest_emails(gateway)


def compare_daily(day: RunDay, report: StepReport) -> None:
    """Compare all gateways; staff hear of each difference once, and of a gateway that is silent once a day."""
    found: list[PaymentDifference] = []
    compared, gateways = 0, comparable_gateways()
    for gateway in gateways:
        try:
            with watched_gateway(gateway, day.at):
                _learn_account(gateway)
                found += compare_gateway(gateway, at=day.at, book=True)
            compared += 1
        except KeyRefusedError:
            continue  # staff have heard of it
        except (OSError, BusinessError) as error:
            if not (isinstance(error, BusinessError) and error.code == MAY_NOT_LIST):
                report.errors.append({"kind": "gateway", "id": gateway.slug, "error": str(error)})
    report.rows = compared
    report.outcome = f"{len(found)} differences" if found else "no differences"
    if not compared:
        report.outcome = "nothing to compare"
    if report.errors:
        send_staff_email(
            event="run_failed",
            idempotency_key=f"{day.date} {report.name}",
            page="runs",
            values={"step": report.name, "count": len(report.errors)},
            at=day.at,
        )
    for gateway in gateways:
        _send_differences_email(
            gateway, [each for each in found if each.gateway == gateway.slug], day
        )


def _send_differences_email(gateway: Gateway, found: list[PaymentDifference], day: RunDay) -> None:
    """One mail for what is found, and none on the next days as long as nothing else is."""
    if not found:
        return
    payments = " ".join(f"{each.kind} {each.transaction_id}" for each in found)
    send_staff_email(
        event="payments_differ",
        idempotency_key=f"{gateway.slug} {hashlib.sha256(payments.encode()).hexdigest()[:24]}",
        page=f"payments?gateway={gateway.slug}",
        values={
            "gateway": registry.staff_gateway_name(gateway.slug),
            "count": len(found),
            "waiting": [difference_words(each) for each in found],
        },
        at=day.at,
    )
