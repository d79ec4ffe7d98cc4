"""Saving a card without paying: bound to client and consent before anything is made at the gateway (payments.md 7)."""

import secrets
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.actions.client_locks import lock_client
from commerce.accounts.locale import client_language, client_text
from commerce.accounts.models import Client, User
from commerce.audit.states import move
from commerce.db.locks import lock
from commerce.jobs.queue import enqueue
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.payments.actions.saved_cards import (
    CardConsent,
    check_room_for_card,
    forget_card,
    save_card,
    stop_card,
    update_card,
)
from commerce.payments.consents import card_consent_text
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts_in_use import account_in_use
from commerce.payments.gateways.contract import CardReport, PaymentCard
from commerce.payments.job_names import FOLLOW_CARD_SETUP
from commerce.payments.models import CardSetup, GatewayCustomer, SavedCard
from commerce.payments.rules import CARD_SETUP_MOVES, CardReportState, CardSetupStatus
from commerce.site_settings import current

REQUEST_LASTS = timedelta(days=1)
"""How long a holder has to begin, whom a program asked for a card."""
CARD_GONE_TEXT = _("The card is no longer saved at the payment provider.")


@transaction.atomic
def begin_card_setup(
    *, client: Client, gateway: str, created_by: User | None, ctx: Context
) -> CardSetup:
    """Bind a try to save a card, with the consent that was ticked; the live one is used again.

    Raises ``BusinessError`` for a gateway that saves none, and when the client has ten.
    """
    live = _live_setup(client, gateway, ctx)
    minutes = timedelta(minutes=current.get_setting("payments.session_minutes"))
    began = {
        "account": account_in_use(gateway),
        "consent_text": card_consent_text(),
        "consented_at": ctx.at,
        "created_by": created_by,
        "expires_at": ctx.at + minutes,
    }
    if live is None:
        return _created(client, gateway, ctx, began)
    _note_decline(live, "")  # they try again
    if not live.consent_text:  # a program asked for it
        CardSetup.objects.filter(pk=live.pk).update(**began)
        live.refresh_from_db()
    return live


@transaction.atomic
def request_card_setup(
    *, client: Client, gateway: str | None, created_by: User | None, ctx: Context
) -> CardSetup:
    """A program wants a card to be saved: its holder begins that on our page, within ``REQUEST_LASTS``, where they
    consent; no gateway knows of it before. It takes the place of one that nobody has begun.

    Without a gateway it is the first that saves cards. Raises ``StateConflict`` while a holder is saving one, and what
    ``begin_card_setup`` does.
    """
    if gateway is None:
        gateway = next((each.slug for each in registry.card_setup_gateways()), "")
    if live := _live_setup(client, gateway, ctx):
        if live.consent_text:
            raise StateConflict("card_setup.under_way")
        _expire(live, ctx)
    asked = {
        "account": account_in_use(gateway),
        "consented_at": ctx.at,
        "created_by": created_by,
        "expires_at": ctx.at + REQUEST_LASTS,
    }
    return _created(client, gateway, ctx, asked)


def _live_setup(client: Client, gateway: str, ctx: Context) -> CardSetup | None:
    """The one that goes on, once it was checked that there may be one; the client is locked from then on."""
    lock_client(client.pk)
    check_room_for_card(client.pk)
    if gateway not in {each.slug for each in registry.card_setup_gateways()}:
        raise BusinessError("payment.gateway_not_offered", field="gateway")
    live = CardSetup.objects.for_client(client).live().filter(gateway=gateway).first()
    if live is None or live.expires_at > ctx.at:
        return live
    _expire(live, ctx)
    return None


def _created(client: Client, gateway: str, ctx: Context, columns: dict[str, Any]) -> CardSetup:
    return CardSetup.objects.create(
        client=client,
        gateway=gateway,
        idempotency_key=secrets.token_urlsafe(24),
        created_at=ctx.at,
        **columns,
    )


@transaction.atomic
def open_card_setup(*, setup: CardSetup, reference: str, ctx: Context) -> None:
    """Note what was made at the gateway, before the client leaves our page; the same again changes nothing.

    From then on the gateway is asked from time to time what became of it.
    """
    row = lock(setup)
    if row.status == CardSetupStatus.OPEN and row.reference == reference:
        setup.refresh_from_db()
        return
    _move(setup, CardSetupStatus.OPEN, ctx, reference=reference)
    enqueue(("cardsetup", row.pk), FOLLOW_CARD_SETUP, "opened", ctx.at)


def expire_card_setups(*, ctx: Context) -> int:
    """End those whose time is over, and say how many; a card that comes late is kept all the same."""
    ended = 0
    for setup in CardSetup.objects.live().filter(expires_at__lte=ctx.at).order_by("pk"):
        try:
            _expire(setup, ctx)
        except StateConflict:
            continue
        ended += 1
    return ended


@transaction.atomic
def apply_card_report(*, gateway: str, report: CardReport, ctx: Context) -> None:
    """Keep the card that a client saved, or what became of one; the same report again changes nothing.

    A card that nobody asked to save is not kept.
    """
    if report.state == CardReportState.UPDATED and report.card:
        update_card(gateway=gateway, card=report.card, ctx=ctx)
    elif report.state == CardReportState.REMOVED and report.card:
        forget_card(gateway=gateway, card=report.card, ctx=ctx)
    elif report.reference:
        setups = CardSetup.objects.filter(gateway=gateway, reference=report.reference)
        if setup := setups.first():
            _follow(setup, report, ctx)


def _follow(setup: CardSetup, report: CardReport, ctx: Context) -> None:
    lock_client(setup.client_id)
    reason = client_text(setup.client, report.reason)
    try:
        if report.state == CardReportState.FAILED:
            _move(setup, CardSetupStatus.FAILED, ctx, failure=reason[:255], ended_at=ctx.at)
        elif report.state == CardReportState.SAVED and report.card:
            _store_card(setup, report.card, ctx)
        elif report.state == CardReportState.PENDING:
            _note_decline(setup, reason)
    except StateConflict:  # it ended before
        pass


def _store_card(setup: CardSetup, card: PaymentCard, ctx: Context) -> None:
    """Save the card, and end the setup by whether there was room for it."""
    saved = save_card(
        client_id=setup.client_id,
        gateway=setup.gateway,
        card=card,
        consent=CardConsent(setup.consent_text, setup.consented_at),
        ctx=ctx,
        account=setup.account,
    )
    to = CardSetupStatus.SUCCEEDED if saved else CardSetupStatus.FAILED
    failure = "" if saved else _no_room_reason(setup)
    _move(setup, to, ctx, failure=failure, ended_at=ctx.at, saved_card=saved)


def _no_room_reason(setup: CardSetup) -> str:
    """That the client has ten by now; empty if that is not why a card was not kept."""
    with client_language(setup.client):
        try:
            check_room_for_card(setup.client_id)
        except BusinessError as full:
            return str(full)
    return ""


def _note_decline(setup: CardSetup, reason: str) -> None:
    """The last card was declined, and another may follow; without ``reason`` they try again."""
    CardSetup.objects.live().filter(pk=setup.pk).update(failure=reason[:255])


@transaction.atomic
def forget_customer(*, customer: GatewayCustomer, ctx: Context) -> None:
    """An account of a gateway does not know a client any more: their cards in it are stopped, and one that is being
    saved fails.

    The same again changes nothing, nor does it touch what they save there under another reference.
    """
    client = customer.client
    lock_client(client.pk)
    if not GatewayCustomer.objects.filter(pk=customer.pk).delete()[0]:
        return
    reason = client_text(client, CARD_GONE_TEXT)
    there = {"gateway": customer.gateway, "account": customer.account}
    for card in SavedCard.objects.for_client(client).kept().filter(**there).order_by("pk"):
        stop_card(card=card, reason=reason, ctx=ctx)
    setups = CardSetup.objects.for_client(client).filter(**there)
    for setup in setups.filter(status=CardSetupStatus.OPEN):
        _move(setup, CardSetupStatus.FAILED, ctx, failure=reason[:255], ended_at=ctx.at)


def _expire(setup: CardSetup, ctx: Context) -> None:
    was_open = setup.status == CardSetupStatus.OPEN
    to = CardSetupStatus.EXPIRED if was_open else CardSetupStatus.FAILED
    _move(setup, to, ctx, ended_at=ctx.at)


def _move(setup: CardSetup, to: CardSetupStatus, ctx: Context, **changes: Any) -> None:
    move(
        setup,
        to,
        allowed=CARD_SETUP_MOVES,
        ctx=ctx,
        client_id=setup.client_id,
        **changes,
    )
