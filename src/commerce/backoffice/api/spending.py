"""What a token gives away: measured in the transaction of each act, whatever act it is, and held to its limit
(staff-api.md, decision 156)."""

from fractions import Fraction
from typing import NamedTuple

from django.db.models import Max

from commerce.accounts.actions.staff_people.api_tokens import given_by_token
from commerce.api.core.errors import ApiProblem, Error
from commerce.backoffice.api.caller import StaffCaller
from commerce.billing.models import CreditEntry
from commerce.catalog.models import Currency
from commerce.kit.errors import BusinessError
from commerce.kit.money import CURRENCY_EXPONENTS, round_half_up
from commerce.payments.models import Refund
from commerce.payments.rules import RefundMethod
from commerce.presentation.amounts import format_money


class SpendingMarks(NamedTuple):
    """The last rows before an act, and what its token gave away until then, in the default currency."""

    credit_entry: int
    refund: int
    given: int


def marks_before(caller: StaffCaller) -> SpendingMarks:
    """Where an act of a caller begins. Within a transaction, writes of its token then go one after the other."""
    given = given_by_token(caller.token, caller.ctx.at)
    return SpendingMarks(_last(CreditEntry), _last(Refund), given)


def _last(model: type[CreditEntry] | type[Refund]) -> int:
    return model._default_manager.aggregate(last=Max("pk"))["last"] or 0


def check_spending(caller: StaffCaller, before: SpendingMarks, *, is_over: bool = False) -> int:
    """What was given away since: new credit, and refunds that leave. In minor units of the default currency.

    Raises ``ApiProblem`` 403 if it is more than the token may, unless it ``is_over`` and cannot be taken back.
    """
    at = caller.ctx.at
    entries = CreditEntry.objects.filter(pk__gt=before.credit_entry, at=at, amount__gt=0)
    refunds = Refund.objects.filter(pk__gt=before.refund, created_at=at)
    leaving = refunds.exclude(method=RefundMethod.CREDIT)
    amounts = [
        *entries.values_list("amount", "account__currency_id"),
        *leaving.values_list("amount", "payment__currency_id"),
    ]
    if not amounts:
        return 0
    default = Currency.objects.get(is_default=True)
    spent = sum(_in_default(amount, code, default) for amount, code in amounts)
    limit = caller.token.spending_limit * 10 ** CURRENCY_EXPONENTS[default.code]
    left = max(limit - before.given, 0)
    if spent > left and not is_over:
        error = BusinessError(
            "staff_token.spending_limit",
            amount=format_money(spent, default.code),
            left=format_money(left, default.code),
        )
        raise ApiProblem(403, Error(str(error)), code=error.code)
    return spent


def _in_default(amount: int, code: str, default: Currency) -> int:
    """In the default currency; a currency without a rate counts as if it were that one."""
    if code == default.code:
        return amount
    rate = Currency.objects.get(code=code).rate
    worth = Fraction(amount, 10 ** CURRENCY_EXPONENTS[code]) * Fraction(rate or 1)
    return round_half_up(worth * 10 ** CURRENCY_EXPONENTS[default.code])
