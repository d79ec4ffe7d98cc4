"""Saved payment methods by program: another default, and away with one (payments.md 7)."""

from typing import Annotated

from django.db.models import QuerySet
from msgspec import Meta, Struct

from commerce.api.core.errors import ProblemPart
from commerce.api.v2.resources.money.payment_methods import PAYMENT_METHODS
from commerce.api.v2.writing.bodies import member_problem, pointer
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.kit.acts.act import act_of
from commerce.payments.actions.saved_cards import make_card_default, remove_card
from commerce.payments.models import SavedCard


class PaymentMethodDefault(Struct, frozen=True, forbid_unknown_fields=True):
    """Makes a payment method the default one."""

    is_default: Annotated[
        bool,
        Meta(description="true: the former default is none any more.", examples=[True]),
    ]


def _kept(client_id: int) -> QuerySet[SavedCard]:
    return SavedCard.objects.for_client(client_id).kept()


def _make_default(call: WriteCall) -> WriteResult:
    if not call.body.is_default:
        text = "Make another payment method the default instead."
        raise member_problem([ProblemPart("pointer", pointer("is_default"), "not_valid", text)])
    act_of(make_card_default).call(call.record, {}, call.ctx)
    return WriteResult(PAYMENT_METHODS, call.record.pk)


def _remove(call: WriteCall) -> WriteResult:
    act_of(remove_card).call(call.record, {}, call.ctx)
    return WriteResult(None, status=204)


PAYMENT_METHOD_WRITES = (
    StructWrite(
        path=f"{PAYMENT_METHODS.path}/{{id}}",
        method="PATCH",
        scope="payments:write",
        summary="Make a payment method the default",
        about="It is the one that is charged for invoices when autopay is on.",
        action=_make_default,
        shown=PAYMENT_METHODS,
        body=PaymentMethodDefault,
        example={"is_default": True},
        reads=PAYMENT_METHODS,
        rows=_kept,
        needs_key=False,
        while_suspended=True,
        status=200,
        unsettled=(),
    ),
    StructWrite(
        path=f"{PAYMENT_METHODS.path}/{{id}}",
        method="DELETE",
        scope="payments:write",
        summary="Remove a payment method",
        about="It is charged no more from then on, and its gateway is asked to forget it.",
        action=_remove,
        shown=PAYMENT_METHODS,
        effect="destroy",
        reads=PAYMENT_METHODS,
        rows=_kept,
        needs_key=False,
        while_suspended=True,
        status=204,
        unsettled=(),
    ),
)
"""What is done with saved payment methods."""
