"""What a token gives away, held to its limit and to that of its person's day (staff-api.md, decision 156)."""

from typing import NamedTuple

from commerce.accounts.actions.staff_people.api_tokens import given_by_token
from commerce.api.core.errors import ApiProblem, Error
from commerce.backoffice.api.caller import StaffCaller
from commerce.backoffice.base.spending import (
    DailySpending,
    SpendingMarks,
    daily_spending,
    excess_of,
    given_since,
    spending_marks,
)
from commerce.kit.errors import BusinessError


class CallSpending(NamedTuple):
    """Where an act begins, and what its token gave away until then."""

    given: int
    daily: DailySpending | None
    marks: SpendingMarks


def spending_before(caller: StaffCaller) -> CallSpending:
    """Where an act of a caller begins. Within a transaction, writes of its token then go one after the other."""
    given = given_by_token(caller.token, caller.ctx.at)
    return CallSpending(given, daily_spending(caller.staff, caller.ctx.at), spending_marks())


def check_spending(caller: StaffCaller, before: CallSpending, *, is_over: bool = False) -> int:
    """What was given away since, in minor units of the default currency.

    Raises ``ApiProblem`` 403 if it is more than the token may, or its person today, unless it ``is_over`` and cannot be
    taken back.
    """
    at = caller.ctx.at
    spent = given_since(before.marks, at)
    if not spent:
        return 0
    limit = caller.token.spending_limit
    try:
        if not is_over and (excess := excess_of(spent, before.given, limit)):
            amount, left = excess
            raise BusinessError("staff_token.spending_limit", amount=amount, left=left)
        if before.daily:
            before.daily.check(at, is_over=is_over)
    except BusinessError as error:
        raise ApiProblem(403, Error(str(error)), code=error.code) from error
    return spent
