"""What staff do with money that came: refunds, reversals, disputes, transfers, money without an invoice, credit."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from commerce.accounts.records.clients import client_title
from commerce.billing.credit.actions import add_credit, pay_out_credit, remove_credit
from commerce.billing.models import CreditAccount, CreditEntry
from commerce.kit import ids
from commerce.kit.context import Context
from commerce.payments.actions.paid_back import pay_back_credit
from commerce.payments.actions.refunds import RefundOffer, refund_payment
from commerce.payments.actions.transfer_notices import (
    confirm_transfer_notice,
)
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.payments.gateways.registry import gateway_name, gateway_of_method
from commerce.payments.models import (
    Payment,
    TransferNotice,
)
from commerce.payments.rules import (
    RefundMethod,
)
from commerce.presentation.amounts import format_money

type Typed = Mapping[str, Any]


def refund(payment: Payment, typed: Typed, ctx: Context) -> str:
    """Send money back through the gateway, or into the client's credit, with a credit note."""
    made = refund_payment(
        payment=payment,
        method=typed["method"],
        amount=typed["amount"],
        reason=typed["reason"],
        idempotency_key=ids.random_key(),
        invoice=typed["invoice"],
        expected=RefundOffer(typed["seen_amount"]),
        ctx=ctx,
    )
    amount = format_money(made.amount, payment.currency_id)
    if made.method == RefundMethod.GATEWAY:
        name = gateway_name(payment.gateway)
        return _("%(gateway)s was asked to refund %(amount)s.") % {
            "gateway": name,
            "amount": amount,
        }
    return _("%(amount)s was added to the client's credit balance.") % {"amount": amount}


def confirm_transfer(notice: TransferNotice, typed: Typed, ctx: Context) -> str:
    """The transfer came: book it."""
    confirmed = {name for name in ("reference", "amount") if typed.get(f"confirm_{name}")}
    payment = confirm_transfer_notice(
        notice=notice,
        amount=typed["amount"],
        received_on=typed["received_on"],
        reference=typed["reference"],
        note=typed["note"],
        confirmed=frozenset(confirmed),
        ctx=ctx,
    )
    amount = format_money(payment.amount, payment.currency_id)
    return _("%(amount)s was recorded.") % {"amount": amount}


def record_unallocated_money(_record: None, typed: Typed, ctx: Context) -> str:
    """Money of which nobody knows yet what it is for."""
    record_unallocated_payment(
        gateway=gateway_of_method(typed["method"]),
        transaction_id=typed["transaction"],
        amount=typed["amount"],
        currency_code=typed["currency"],
        received_on=typed["received_on"],
        reason=typed["why"],
        reference=typed["reference"],
        note=typed["note"],
        ctx=ctx,
    )
    return _("The payment was recorded. Assign it once its invoice is known.")


def add_to_credit(_record: None, typed: Typed, ctx: Context) -> str:
    """Staff give credit."""
    return _moved(
        add_credit(
            client=typed["client"],
            currency_code=typed["currency"],
            amount=typed["amount"],
            note=typed["note"],
            idempotency_key=ids.random_key(),
            ctx=ctx,
        )
    )


def remove_from_credit(_record: None, typed: Typed, ctx: Context) -> str:
    """Staff take credit away."""
    return _moved(
        remove_credit(
            client=typed["client"],
            currency_code=typed["currency"],
            amount=typed["amount"],
            note=typed["note"],
            idempotency_key=ids.random_key(),
            ctx=ctx,
        )
    )


def pay_out(_record: None, typed: Typed, ctx: Context) -> str:
    """Credit was paid back by hand."""
    return _moved(
        pay_out_credit(
            client=typed["client"],
            currency_code=typed["currency"],
            amount=typed["amount"],
            reference=typed["reference"],
            ctx=ctx,
        )
    )


def refund_credit(account: CreditAccount, typed: Typed, ctx: Context) -> str:
    """Send credit back through the payments behind it; the one-time key of the form is that of the refunds."""
    made = pay_back_credit(
        client=account.client,
        currency_code=account.currency_id,
        amount=typed["amount"],
        reason=typed["reason"],
        idempotency_key=ids.random_key(),
        expected=RefundOffer(typed["seen_amount"]),
        ctx=ctx,
    )
    return _("%(gateways)s was asked to refund %(amount)s.") % {
        "gateways": ", ".join(dict.fromkeys(str(gateway_name(refund.gateway)) for refund in made)),
        "amount": format_money(sum(refund.amount for refund in made), account.currency_id),
    }


def _moved(entry: CreditEntry) -> str:
    balance = format_money(entry.balance, entry.account.currency_id)
    return _("The credit balance of %(client)s is now %(balance)s.") % {
        "client": client_title(entry.account.client),
        "balance": balance,
    }
