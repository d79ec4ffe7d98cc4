"""What tokens commit their clients to, within their limits (client-api-v2.md 2, decision 143)."""

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from django.db import transaction
from django.db.models import BigAutoField, BigIntegerField, Min, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, Coalesce, Greatest
from django.utils.translation import gettext_lazy as _

from commerce.accounts import emails
from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.actions.tokens import (
    revoke_token_blocked_reason,
    right_missing_for_token,
)
from commerce.accounts.models import ApiToken, SpendingLimit, TokenCommitment
from commerce.accounts.models.spending import CREDIT_SPENT, TOP_UP
from commerce.accounts.models.tokens import ApiTokenQuerySet
from commerce.accounts.rules import SpendingRecord
from commerce.audit.actions import write_audit_entry
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.db.locks import lock
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Amount
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.presentation.amounts import format_money

type SpendingKey = tuple[str, int]
"""Kind (``SpendingRecord``) and number of a record."""


class SpendingLimitError(BusinessError):
    """An act would commit its client to more than its token may; nothing was done."""


class TokenLimit(NamedTuple):
    """What a token may commit to in a currency, in minor units: by one act, in 30 days, and what is left of these."""

    per_act: int
    per_period: int
    left: int


def commit_spending(
    *,
    token_id: int,
    client_id: int,
    act: str,
    currency_code: str,
    due: int,
    recurring: int = 0,
    debt: SpendingKey | None = None,
    carrier: SpendingKey | None = None,
    from_credit: int = 0,
) -> TokenCommitment:
    """Count what an act newly commits to: the gross amount that is ``due`` of a ``debt``, whichever way it is paid, and
    what recurs. What credit pays of it, ``from_credit``, counts no longer as funds that the token added.

    In the transaction of the act, whose client is locked. Raises ``SpendingLimitError``.
    """
    _spend_funds(token_id, client_id, currency_code, {debt: from_credit} if debt else {})
    _check_limit(token_id, currency_code, due + recurring)
    return TokenCommitment.objects.create(
        client_id=client_id,
        token_id=token_id,
        act=act,
        currency_code=currency_code,
        amount=due + recurring,
        covers=due if debt else 0,
        **_columns("debt", debt),
        **_columns("carrier", carrier),
    )


def commit_payment(
    *,
    token_id: int,
    client_id: int,
    act: str,
    currency_code: str,
    amount: int,
    debt: SpendingKey,
    recurring: int = 0,
    carrier: SpendingKey | None = None,
) -> list[TokenCommitment]:
    """Count what of a payment of a ``debt`` no act of any token of the client has counted before, and what recurs with
    it. Credit pays it, unless a charge is its ``carrier``. Raises ``SpendingLimitError``.
    """
    return commit_payments(
        token_id=token_id,
        client_id=client_id,
        act=act,
        currency_code=currency_code,
        amounts={debt: amount},
        recurring=recurring,
        carrier=carrier,
    )


def commit_payments(
    *,
    token_id: int,
    client_id: int,
    act: str,
    currency_code: str,
    amounts: Mapping[SpendingKey, int],
    recurring: int = 0,
    carrier: SpendingKey | None = None,
    is_counted: bool = False,
) -> list[TokenCommitment]:
    """The same of one payment of several debts: it is one act. ``is_counted``: that credit pays was said before."""
    new = {debt: _not_counted(client_id, debt, amount) for debt, amount in amounts.items()}
    from_credit = {} if carrier or is_counted else amounts
    _spend_funds(token_id, client_id, currency_code, from_credit)
    _check_limit(token_id, currency_code, sum(new.values()) + recurring)
    return [
        TokenCommitment.objects.create(
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
        for number, (debt, amount) in enumerate(amounts.items())
    ]


def _spend_funds(
    token_id: int, client_id: int, currency_code: str, by_credit: Mapping[SpendingKey, int]
) -> None:
    """What is paid ``by_credit`` of each debt counts no longer as funds that the token added, the oldest first.

    The row that takes it back leaves the period with that of its funds, and counts no longer when these have failed or
    the debt is given up.
    """
    if not by_credit:
        return
    rows = TokenCommitment.objects.filter(
        token_id=token_id, currency_code=currency_code, act__in=[TOP_UP, CREDIT_SPENT]
    )
    paid = dict(by_credit)
    funds = rows.standing().recent().order_by("carrier_id").values("carrier_id")
    for one in funds.annotate(left=Sum("amount"), since=Min("at")):
        assert one["carrier_id"] is not None  # each is of an attempt
        for debt, part in _shares(paid, one["left"]).items():
            TokenCommitment.objects.create(
                client_id=client_id,
                token_id=token_id,
                act=CREDIT_SPENT,
                currency_code=currency_code,
                amount=-part,
                at=one["since"],
                **_columns("debt", debt),
                **_columns("carrier", (SpendingRecord.ATTEMPT, one["carrier_id"])),
            )
            paid[debt] -= part


def _shares(wanted: Mapping[SpendingKey, int], amount: int) -> dict[SpendingKey, int]:
    """What of an amount goes to each, in their order; nothing to who gets none."""
    found = {}
    for key, most in wanted.items():
        if (part := min(most, amount)) > 0:
            found[key] = part
            amount -= part
    return found


def _not_counted(client_id: int, debt: SpendingKey, amount: int) -> int:
    """What of a payment of a debt nothing that stands has counted."""
    counted = (
        TokenCommitment.objects.for_client(client_id)
        .standing()
        .filter(**_columns("debt", debt))
        .aggregate(covers=Sum("covers"), pays=Sum("pays"))
    )
    is_covered = max((counted["covers"] or 0) - (counted["pays"] or 0), 0)
    return max(amount - is_covered, 0)


def _columns(name: str, record: SpendingKey | None) -> dict[str, Any]:
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
    return {
        currency_code: TokenLimit(per_act, per_period, max(per_period - spent, 0))
        for currency_code, per_act, per_period, spent in _LIMITS.tuples(token=token_id)
    }


def _limits() -> QuerySet[SpendingLimit, Any]:
    same_currency = {"token": OuterRef("token"), "currency_code": OuterRef("currency_code")}
    recent = TokenCommitment.objects.filter(**same_currency).standing().recent().order_by()
    total = Cast(Sum("amount"), BigIntegerField())  # PostgreSQL adds them up as a decimal
    spent = recent.values("token").annotate(total=total).values("total")
    return (
        SpendingLimit.objects.filter(token_id=QueryParam("token", BigAutoField()))
        .order_by("currency_code")
        .annotate(spent=Coalesce(Subquery(spent), 0))
        .values_list("currency_code", "per_act", "per_period", "spent")
    )


_LIMITS = CompiledQuerySet(_limits)
"""Each act that spends asks it: 0.1 ms in place of 1.0 for what was spent and the limits by two statements."""


def give_back_spending(*, kind: SpendingRecord, record_id: int, ctx: Context) -> None:
    """What was committed to pay a record, or is carried by it, has failed: it counts no longer.

    But what a charge brings that is under way is money of the client, even when nothing is to be paid any more: it
    counts as a whole from now on, until that fails.
    """
    rows = TokenCommitment.objects.about(kind, record_id).standing()
    if kind != SpendingRecord.ATTEMPT:
        rows.exclude(carrier_kind="").update(
            amount=Greatest("amount", "pays"), covers=Greatest("covers", "pays")
        )
        rows = rows.filter(carrier_kind="")
    rows.update(given_back_at=ctx.at)


def count_spending_again(*, kind: SpendingRecord, record_id: int) -> None:
    """It had not failed, as the truth that came late says."""
    TokenCommitment.objects.about(kind, record_id).update(given_back_at=None)


def with_spending_limit(tokens: ApiTokenQuerySet) -> ApiTokenQuerySet:
    """The tokens with ``limit_per_act`` and ``limit_per_period`` in the currency of their client, 0 without a limit."""
    limits = SpendingLimit.objects.filter(
        token=OuterRef("pk"), currency_code=OuterRef("client__currency_code")
    )
    return tokens.annotate(
        limit_per_act=Coalesce(Subquery(limits.values("per_act")), 0),
        limit_per_period=Coalesce(Subquery(limits.values("per_period")), 0),
    )


def _currency_of(token: ApiToken) -> str:
    return token.client.currency_code


@act(
    "token.limit",
    ApiToken,
    label=_("Spending limit"),
    submit=_("Save"),
    done=_("The spending limit of %(name)s has been saved."),
    member="tokens.manage",
    spends=True,
    blocked=revoke_token_blocked_reason,
)
@transaction.atomic
def set_spending_limit(
    *,
    token: ApiToken,
    per_purchase: Annotated[
        int | None,
        Amount(
            _("Limit for one purchase (%(currency)s)"),
            currency=_currency_of,
            edits="limit_per_act",
            about=_(
                "An order, a renewal, a payment. What recurs counts with its first regular price."
            ),
        ),
    ] = None,
    per_30_days: Annotated[
        int | None,
        Amount(
            _("Limit for 30 days (%(currency)s)"),
            currency=_currency_of,
            edits="limit_per_period",
            about=_("Everything that the token buys in any 30 days. 0: it can't buy anything."),
        ),
    ] = None,
    ctx: Context,
) -> None:
    """What a token may commit its client to in the client's currency; what is None stays as it is.

    Owners and the maker are mailed. Raises ``StateConflict`` for a token that has ended, ``BusinessError`` for more in
    one purchase than in 30 days, and ``PermissionDenied`` for a member who would have it spend more than before, and
    may not do all that it may.
    """
    client = lock_client(token.client_id)
    if blocked := revoke_token_blocked_reason(lock(token), ctx):
        raise blocked
    code = client.currency_code
    row = SpendingLimit.objects.filter(token=token, currency_code=code).first()
    before = {"per_act": row.per_act if row else 0, "per_period": row.per_period if row else 0}
    after = {
        "per_act": before["per_act"] if per_purchase is None else per_purchase,
        "per_period": before["per_period"] if per_30_days is None else per_30_days,
    }
    if after["per_act"] > after["per_period"]:
        raise BusinessError("api_token.limits_not_valid", field="per_purchase")
    if after == before:
        return
    is_more = after["per_act"] > before["per_act"] or after["per_period"] > before["per_period"]
    if is_more and (right := right_missing_for_token(token, ctx)):
        raise PermissionDenied(right)
    SpendingLimit.objects.update_or_create(token=token, currency_code=code, defaults=after)
    write_audit_entry(
        ctx=ctx,
        action="api_token.limit_changed",
        record=("api_token", token.pk),
        name=token.name,
        client_id=token.client_id,
        before=before | {"currency_code": code},
        after=after | {"currency_code": code},
    )
    emails.send_spending_limit_email(token=token, currency_code=code, **after, ctx=ctx)
