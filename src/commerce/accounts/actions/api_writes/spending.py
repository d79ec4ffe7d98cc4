"""What tokens commit their clients to, within their limits (client-api-v2.md 2, decision 143)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Sum

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.models import ApiToken, Commitment, SpendingLimit
from commerce.audit.actions import write_audit_entry
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.presentation.amounts import format_money

type RecordKey = tuple[str, int]
"""Kind and number of a record."""


class SpendingLimitError(BusinessError):
    """An act would commit its client to more than its token may; nothing was done."""


class TokenLimit(NamedTuple):
    """What a token may commit to in a currency, in minor units: by one act, in 30 days, and what is left of these."""

    per_act: int
    per_period: int
    left: int


@transaction.atomic
def commit_spending(
    *,
    token_id: int,
    client_id: int,
    act: str,
    currency_code: str,
    due: int,
    recurring: int = 0,
    debt: RecordKey | None = None,
    carrier: RecordKey | None = None,
) -> Commitment:
    """Count what an act newly commits to: the gross amount that is ``due`` of a ``debt``, whichever way it is paid, and
    what recurs.

    In the transaction of the act, whose client is locked here first. Raises ``SpendingLimitError``.
    """
    lock_client(client_id)
    _check_limit(token_id, currency_code, due + recurring)
    return Commitment.objects.create(
        client_id=client_id,
        token_id=token_id,
        act=act,
        currency_code=currency_code,
        amount=due + recurring,
        covers=due if debt else 0,
        **_columns("debt", debt),
        **_columns("carrier", carrier),
    )


@transaction.atomic
def commit_payment(
    *,
    token_id: int,
    client_id: int,
    act: str,
    currency_code: str,
    amount: int,
    debt: RecordKey,
    recurring: int = 0,
    carrier: RecordKey | None = None,
) -> None:
    """Count what of a payment of a ``debt`` no act of any token of the client has counted before, and what recurs with
    it. Raises ``SpendingLimitError``.
    """
    commit_payments(
        token_id=token_id,
        client_id=client_id,
        act=act,
        currency_code=currency_code,
        amounts={debt: amount},
        recurring=recurring,
        carrier=carrier,
    )


@transaction.atomic
def commit_payments(
    *,
    token_id: int,
    client_id: int,
    act: str,
    currency_code: str,
    amounts: Mapping[RecordKey, int],
    recurring: int = 0,
    carrier: RecordKey | None = None,
) -> None:
    """The same of one payment of several debts: it is one act."""
    lock_client(client_id)
    new = {debt: _not_counted(client_id, debt, amount) for debt, amount in amounts.items()}
    _check_limit(token_id, currency_code, sum(new.values()) + recurring)
    for number, (debt, amount) in enumerate(amounts.items()):
        Commitment.objects.create(
            client_id=client_id,
            token_id=token_id,
            act=act,
            currency_code=currency_code,
            amount=new[debt] + (recurring if number == 0 else 0),
            covers=new[debt],
            pays=amount,
            **_columns("debt", debt),
            **_columns("carrier", carrier),
        )


def _not_counted(client_id: int, debt: RecordKey, amount: int) -> int:
    """What of a payment of a debt nothing that stands has counted."""
    counted = (
        Commitment.objects.for_client(client_id)
        .standing()
        .filter(**_columns("debt", debt))
        .aggregate(covers=Sum("covers"), pays=Sum("pays"))
    )
    is_covered = max((counted["covers"] or 0) - (counted["pays"] or 0), 0)
    return max(amount - is_covered, 0)


def _columns(name: str, record: RecordKey | None) -> dict[str, Any]:
    kind, record_id = record or ("", None)
    return {f"{name}_kind": kind, f"{name}_id": record_id}


def _check_limit(token_id: int, currency_code: str, amount: int) -> None:
    limit = token_limits(token_id).get(currency_code, TokenLimit(0, 0, 0))
    if amount > min(limit.per_act, limit.left):
        raise SpendingLimitError(
            "token.spending_limit",
            amount=format_money(amount, currency_code),
            per_act=format_money(limit.per_act, currency_code),
            left=format_money(limit.left, currency_code),
        )


def token_limits(token_id: int) -> Mapping[str, TokenLimit]:
    """What a token may commit to, by currency; nothing in those that are not there."""
    spent = dict(
        Commitment.objects.filter(token_id=token_id)
        .standing()
        .recent()
        .order_by()
        .values_list("currency_code")
        .annotate(total=Sum("amount"))
    )
    return {
        row.currency_code: TokenLimit(
            row.per_act,
            row.per_period,
            max(row.per_period - spent.get(row.currency_code, 0), 0),
        )
        for row in SpendingLimit.objects.filter(token_id=token_id).order_by("currency_code")
    }


def give_back_spending(*, kind: str, record_id: int, ctx: Context) -> None:
    """What was committed to pay a record, or is carried by it, has failed: it counts no longer."""
    Commitment.objects.about(kind, record_id).standing().update(given_back_at=ctx.at)


def count_spending_again(*, kind: str, record_id: int) -> None:
    """It had not failed, as the truth that came late says."""
    Commitment.objects.about(kind, record_id).update(given_back_at=None)


@transaction.atomic
def set_spending_limits(
    *, token: ApiToken, limits: Mapping[str, tuple[int, int]], ctx: Context
) -> None:
    """What a token may commit to, in minor units, by currency: by one act, and in 30 days. A currency that is left out
    has no limit any more, so nothing can be bought in it. Raises ``BusinessError`` for a negative amount, or more for
    one act than in 30 days.
    """
    lock_client(token.client_id)
    for per_act, per_period in limits.values():
        if not 0 <= per_act <= per_period:
            raise BusinessError("token.limits_not_valid", field="limits")
    rows = SpendingLimit.objects.filter(token=token)
    before = {row.currency_code: [row.per_act, row.per_period] for row in rows}
    after = {code: list(pair) for code, pair in sorted(limits.items()) if any(pair)}
    if before == after:
        return
    rows.delete()
    SpendingLimit.objects.bulk_create(
        SpendingLimit(token=token, currency_code=code, per_act=per_act, per_period=per_period)
        for code, (per_act, per_period) in after.items()
    )
    write_audit_entry(
        ctx=ctx,
        action="api_token.limits_changed",
        record=("api_token", token.pk),
        name=token.name,
        client_id=token.client_id,
        before={"limits": before},
        after={"limits": after},
    )
