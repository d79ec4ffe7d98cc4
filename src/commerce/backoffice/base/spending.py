"""What is given away: measured in the transaction of each act, whatever act it is, and held to the limits of a person's
day and of a token (staff-api.md, backoffice.md 1, decisions 156 and 159).
"""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import NamedTuple

from django.db.models import Max, Q

from commerce.accounts.actions.staff_people.spending import (
    hold_spending_of_staff,
    record_spending_of_staff,
)
from commerce.accounts.models import Staff
from commerce.billing.credit.rules import CreditReason
from commerce.billing.models import CreditEntry
from commerce.catalog.models import Currency
from commerce.kit.errors import BusinessError
from commerce.kit.money import CURRENCY_EXPONENTS, round_half_up
from commerce.payments.models import Refund
from commerce.payments.rules import RefundMethod
from commerce.presentation.amounts import format_money
from commerce.site_settings.current import business_date

_GIVES = Q(amount__gt=0) | Q(reason=CreditReason.PAYOUT)


class SpendingMarks(NamedTuple):
    """The last rows before an act."""

    credit_entry: int
    refund: int


def spending_marks() -> SpendingMarks:
    """Where an act begins. What it may give away must be held first, so that others of the same wait."""
    return SpendingMarks(_last(CreditEntry), _last(Refund))


def _last(model: type[CreditEntry] | type[Refund]) -> int:
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0


def given_since(before: SpendingMarks, at: datetime) -> int:
    """What became credit or leaves since, in minor units of the default currency."""
    entries = CreditEntry.objects.filter(_GIVES, pk__gt=before.credit_entry, at=at)
    refunds = Refund.objects.filter(pk__gt=before.refund, created_at=at)
    leaving = refunds.exclude(method=RefundMethod.CREDIT)
    amounts = [
        *entries.values_list("amount", "account__currency_id"),
        *leaving.values_list("amount", "payment__currency_id"),
    ]
    if not amounts:
        return 0
    default = Currency.objects.get(is_default=True)
    return sum(_in_default(abs(amount), code, default) for amount, code in amounts)


def excess_of(spent: int, given: int, limit: int) -> tuple[str, str] | None:
    """The amount, and what is left of a limit in whole units, where more is given away than that."""
    currency = Currency.objects.get(is_default=True).code
    left = max(limit * 10 ** CURRENCY_EXPONENTS[currency] - given, 0)
    if spent <= left:
        return None
    return format_money(spent, currency), format_money(left, currency)


class DailySpending(NamedTuple):
    """What a person with a limit may still give away on a day; what a machine account gives counts for its owner, too.

    ``given``: who has a limit, the limit, and what they gave away by then.
    """

    given: Sequence[tuple[Staff, int, int]]
    marks: SpendingMarks

    def check(self, at: datetime, *, is_over: bool = False) -> None:
        """Count what was given since. Raises ``BusinessError`` if it is too much, unless it ``is_over``."""
        spent = given_since(self.marks, at)
        if not spent:
            return
        for staff, limit, given in self.given:
            if not is_over and (excess := excess_of(spent, given, limit)):
                amount, left = excess
                raise BusinessError("staff.daily_limit", amount=amount, left=left)
            record_spending_of_staff(staff=staff, amount=given + spent, day=business_date(at))


def daily_spending(staff: Staff, at: datetime) -> DailySpending | None:
    """What a person gives away from here on; None without a limit. Within a transaction, those of one person then go
    one after the other.
    """
    day = business_date(at)
    given = [
        (one, one.role.daily_limit, hold_spending_of_staff(staff=one, day=day))
        for one in (staff.owner, staff)
        if one is not None and one.role.daily_limit is not None
    ]
    return DailySpending(given, spending_marks()) if given else None


def _in_default(amount: int, code: str, default: Currency) -> int:
    """In the default currency; a currency without a rate counts as if it were that one."""
    if code == default.code:
        return amount
    rate = Currency.objects.get(code=code).rate
    worth = Fraction(amount, 10 ** CURRENCY_EXPONENTS[code]) * Fraction(rate or 1)
    return round_half_up(worth * 10 ** CURRENCY_EXPONENTS[default.code])
