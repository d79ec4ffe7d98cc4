"""Saved payment methods by program: one that its holder saves, another default, and away with one (payments.md 7)."""

from typing import Annotated

from django.db.models import QuerySet
from msgspec import Meta, Struct

from commerce.accounts.models import Client
from commerce.api.core.errors import ProblemPart
from commerce.api.v2.resources.carriers import CARD_SETUP
from commerce.api.v2.resources.money.payment_methods import PAYMENT_METHODS
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.writing.bodies import member_problem, pointer
from commerce.api.v2.writing.operations import started
from commerce.api.v2.writing.payments import maker_of
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.kit.acts.act import act_of
from commerce.payments.actions.card_setups import request_card_setup
from commerce.payments.actions.saved_cards import make_card_default, remove_card
from commerce.payments.models import SavedCard


class PaymentMethodDefault(Struct, frozen=True, forbid_unknown_fields=True):
    """Makes a payment method the default one."""

    is_default: Annotated[
        bool,
        Meta(description="true: the former default is none any more.", examples=[True]),
    ]


class NewPaymentMethod(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a payment method is to be saved."""

    gateway: Annotated[
        Annotated[str, Meta(max_length=40)] | None,
        Meta(
            description="A gateway that saves some; without it the first that does.",
            examples=["stripe"],
        ),
    ] = None


def _ask_holder(call: WriteCall) -> WriteResult:
    client = Client.objects.for_client(call.caller.client_id).get()
    setup = request_card_setup(
        client=client, gateway=call.body.gateway, created_by=maker_of(call), ctx=call.ctx
    )
    return started(call, act="add_payment_method", record=client, carrier=(CARD_SETUP, setup))


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
        path=PAYMENT_METHODS.path,
        scope="payments:write",
        summary="Have a payment method saved",
        about="Answers 202 with an operation in `requires_action`: the holder opens `next_action.url` within a day, "
        "signs in, agrees, and enters the card at the gateway; no card number ever goes through this API. It ends "
        "`succeeded`, with the payment method as its `result`, or `failed`.",
        action=_ask_holder,
        shown=OPERATIONS,
        body=NewPaymentMethod,
        example={"gateway": "stripe"},
        reads=PAYMENT_METHODS,
        while_suspended=True,
        status=202,
    ),
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
