"""Starting to pay, or to save a card: bind, call the gateway outside of any transaction, note its reference.

payments.md 2.1, 3 and 7.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from commerce.accounts.locale import client_text, effective_language
from commerce.accounts.models import Client, User
from commerce.billing.changes.plan_changes.actions.carrying_out import amount_to_pay
from commerce.billing.models import Invoice, PlanChange
from commerce.kit.context import Context
from commerce.kit.errors import StateConflict
from commerce.payments.actions.attempts import (
    fail_attempt,
    note_decline,
    open_attempt,
    start_attempt,
)
from commerce.payments.actions.card_setups import (
    apply_card_report,
    begin_card_setup,
    open_card_setup,
)
from commerce.payments.actions.plan_change_payments import start_attempt_for_plan_change
from commerce.payments.actions.reports import apply_payment_report
from commerce.payments.actions.shared_attempts import (
    is_attempt_for,
    start_attempt_for_invoices,
    start_top_up,
)
from commerce.payments.errors import ERRORS
from commerce.payments.gateway_calls import (
    answer_about,
    check_redirect,
    gateway_answer,
    learn_account,
    with_customer,
)
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import (
    CardSetupRequest,
    CheckoutSession,
    Gateway,
    PaymentRequest,
)
from commerce.payments.models import Attempt, AttemptQuerySet, CardSetup, SavedCard
from commerce.payments.rules import AttemptKind, AttemptPurpose, AttemptStatus, CardSetupStatus

AMOUNT_CHANGED_TEXT = ERRORS["attempt.amount_changed"]
MAX_NAMED = 200
"""Characters in which a gateway is told what several invoices are paid."""


def start_payment(
    *,
    invoice: Invoice,
    gateway: str,
    created_by: User | None,
    return_url: Callable[[int], str],
    ctx: Context,
    amount: int | None = None,
    save_card: bool = False,
) -> tuple[Attempt, CheckoutSession]:
    """An open attempt of this gateway for what is due, and how the client goes on.

    ``return_url(id)`` is where the gateway sends the client back to from the attempt of that id. With ``save_card`` the
    client agreed to ``card_consent_text``. An attempt over an amount that is no longer due, or with another consent, is
    closed at the gateway first; if that one was paid meanwhile, it is booked, and given back as it is.
    Raises what ``start_attempt`` does, and ``BusinessError`` when the gateway does not answer.
    """
    wanted = invoice.amount_due if amount is None else amount
    mine = Attempt.objects.filter(invoice=invoice, gateway=gateway)
    outdated = _outdated(mine, wanted, save_card=save_card)
    bind = partial(
        start_attempt,
        invoice=invoice,
        gateway=gateway,
        created_by=created_by,
        amount=amount,
        save_card=save_card,
        ctx=ctx,
    )
    return _start(gateway, outdated, bind, return_url, ctx)


def start_payment_of_invoices(
    *,
    invoices: Sequence[Invoice],
    gateway: str,
    created_by: User | None,
    return_url: Callable[[int], str],
    ctx: Context,
) -> tuple[Attempt, CheckoutSession]:
    """``start_payment`` of all that is due of several invoices of one client and currency, at once (payments.md 9)."""
    live = _live_without_invoice(invoices[0].client_id, gateway, AttemptPurpose.INVOICES)
    outdated = [
        old for old in live if not is_attempt_for(old, invoices) or is_older_than_cards(old)
    ]
    bind = partial(
        start_attempt_for_invoices,
        invoices=invoices,
        gateway=gateway,
        created_by=created_by,
        ctx=ctx,
    )
    return _start(gateway, outdated, bind, return_url, ctx)


def start_payment_of_plan_change(
    *,
    change: PlanChange,
    gateway: str,
    created_by: User | None,
    return_url: Callable[[int], str],
    ctx: Context,
    save_card: bool = False,
) -> tuple[Attempt, CheckoutSession]:
    """``start_payment`` of what the request of a plan change asks for (billing.md 8). Raises what
    ``start_attempt_for_plan_change`` does, too.
    """
    mine = Attempt.objects.for_request(change).filter(gateway=gateway)
    outdated = _outdated(mine, amount_to_pay(change), save_card=save_card)
    bind = partial(
        start_attempt_for_plan_change,
        change=change,
        gateway=gateway,
        created_by=created_by,
        save_card=save_card,
        ctx=ctx,
    )
    return _start(gateway, outdated, bind, return_url, ctx)


def start_adding_funds(
    *,
    client: Client,
    currency_code: str,
    amount: int,
    gateway: str,
    created_by: User | None,
    return_url: Callable[[int], str],
    ctx: Context,
) -> tuple[Attempt, CheckoutSession]:
    """``start_payment`` of funds that become credit (payments.md 9). Raises what ``start_top_up`` does, too."""
    live = _live_without_invoice(client.pk, gateway, AttemptPurpose.TOP_UP)
    wanted = (amount, currency_code)
    outdated = [
        old for old in live if (old.amount, old.currency_id) != wanted or is_older_than_cards(old)
    ]
    bind = partial(
        start_top_up,
        client=client,
        currency_code=currency_code,
        amount=amount,
        gateway=gateway,
        created_by=created_by,
        ctx=ctx,
    )
    return _start(gateway, outdated, bind, return_url, ctx)


def _outdated(mine: AttemptQuerySet, amount: int, *, save_card: bool) -> list[Attempt]:
    """The live ones of these attempts that are not what is wanted now."""
    return [
        old
        for old in mine.live().filter(kind=AttemptKind.ON_SESSION)
        if (old.amount, bool(old.consent_text)) != (amount, save_card)
        or old.saved_card_id
        or is_older_than_cards(old)
    ]


def is_older_than_cards(attempt: Attempt) -> bool:
    """Whether the gateway was not told whose attempt it is, and so takes no saved card for it: there was none then."""
    cards = SavedCard.objects.for_client(attempt.client_id).usable().filter(gateway=attempt.gateway)
    if attempt.consent_text or not cards.exists():
        return False
    return not cards.filter(created_at__lte=attempt.created_at).exists()


def _live_without_invoice(client_id: int, gateway: str, purpose: AttemptPurpose) -> AttemptQuerySet:
    rows = Attempt.objects.for_client(client_id).live()
    return rows.filter(gateway=gateway, purpose=purpose, kind=AttemptKind.ON_SESSION)


def _start(
    gateway: str,
    outdated: Iterable[Attempt],
    bind: Callable[[], Attempt],
    return_url: Callable[[int], str],
    ctx: Context,
) -> tuple[Attempt, CheckoutSession]:
    """End what is outdated, bind, and have the session made; the outdated attempt that turns out to be paid."""
    adapter = registry.get_gateway(gateway)
    for old in outdated:
        if _was_paid(adapter, old, ctx=ctx):
            return old, CheckoutSession(old.reference or "")
    learn_account(adapter)
    attempt = bind()
    if attempt.reference is not None:
        note_decline(attempt=attempt, reason="", ctx=ctx)
        return attempt, resume_payment(attempt)
    cards = SavedCard.objects.for_client(attempt.client_id).usable().filter(gateway=gateway)
    is_known = attempt.consent_text or cards.exists()  # whose cards may pay there is said at once

    def started(customer: str) -> CheckoutSession:
        return adapter.start(payment_request(attempt, customer), return_url(attempt.pk))

    if is_known:
        session = with_customer(adapter, attempt.client, ctx, started)
    else:
        session = gateway_answer(adapter, partial(started, ""))
    check_redirect(adapter, session)
    open_attempt(attempt=attempt, reference=session.reference, ctx=ctx)
    return attempt, session


def resume_payment(attempt: Attempt) -> CheckoutSession:
    """How the client goes on with an open attempt, as the gateway says; nothing changes here.

    Raises ``BusinessError`` when the gateway does not answer.
    """
    adapter = registry.get_gateway(attempt.gateway)
    resume = partial(adapter.resume, attempt.reference or "")
    session = answer_about(adapter, attempt.account, resume)
    check_redirect(adapter, session)
    return session


def payment_request(attempt: Attempt, customer: str = "") -> PaymentRequest:
    """An attempt as its adapter sees it, with the gateway's reference of the client where a card is kept or charged.

    Of several invoices it names all, as far as there is room; a request has a reference and no number.
    """
    invoices, saves_card = attempt.invoices(), bool(attempt.consent_text)
    numbers = ", ".join(str(each) for each in invoices)
    reference = invoices[0].payment_reference if len(invoices) == 1 else None
    if attempt.plan_change is not None:
        numbers = reference = attempt.plan_change.reference or ""
    return PaymentRequest(
        id=attempt.pk,
        idempotency_key=attempt.idempotency_key,
        amount=attempt.amount,
        currency_code=attempt.currency_id,
        invoice_number=numbers[:MAX_NAMED],
        payment_reference=reference or "",
        customer=customer,
        save_card=saves_card,
        locale=effective_language(attempt.client.locale),
    )


def _was_paid(adapter: Gateway, old: Attempt, *, ctx: Context) -> bool:
    """End an attempt over another amount; whether it had succeeded, and is booked now.

    Without a reference the process ended before the gateway answered, and nobody was sent there.
    """
    if old.reference is None:
        if old.saved_card_id is not None:  # its charge is out, and its answer on the way
            raise StateConflict("attempt.under_way")
        fail_attempt(attempt=old, reason=client_text(old.client, AMOUNT_CHANGED_TEXT), ctx=ctx)
        return False
    report = answer_about(adapter, old.account, partial(adapter.close, old.reference))
    apply_payment_report(gateway=old.gateway, report=report, ctx=ctx)
    old.refresh_from_db()
    return old.status == AttemptStatus.SUCCEEDED


def start_card_setup(
    *,
    client: Client,
    gateway: str,
    created_by: User | None,
    return_url: Callable[[int], str],
    ctx: Context,
) -> tuple[CardSetup, CheckoutSession]:
    """An open setup of this gateway, and how the client goes on, who agreed to ``card_consent_text``.

    If the one that was open has ended at the gateway meanwhile, its card is kept, and it is given back as it is. Raises
    what ``begin_card_setup`` does, and ``BusinessError`` when the gateway does not answer.
    """
    adapter = registry.get_gateway(gateway)
    if (live := _live_setup(client, gateway)) and _brought_card(adapter, live, ctx):
        return live, CheckoutSession(live.reference or "")
    begin = partial(
        begin_card_setup, client=client, gateway=gateway, created_by=created_by, ctx=ctx
    )
    learn_account(adapter)
    begin()
    locale = effective_language(client.locale)

    def started(customer: str) -> tuple[CardSetup, CheckoutSession]:
        setup = begin()  # the same, unless it ended with a customer who is gone
        request = CardSetupRequest(setup.pk, setup.idempotency_key, customer, locale)
        return setup, adapter.start_card_setup(request, return_url(setup.pk))

    setup, session = with_customer(adapter, client, ctx, started)
    check_redirect(adapter, session)
    open_card_setup(setup=setup, reference=session.reference, ctx=ctx)
    return setup, session


def _live_setup(client: Client, gateway: str) -> CardSetup | None:
    open_ones = CardSetup.objects.for_client(client).live().filter(gateway=gateway)
    return open_ones.filter(reference__isnull=False).first()


def _brought_card(adapter: Gateway, setup: CardSetup, ctx: Context) -> bool:
    """Whether an open setup has saved its card; one that failed at the gateway has ended here too."""
    fetch = partial(adapter.fetch_card_setup, setup.reference or "")
    report = answer_about(adapter, setup.account, fetch)
    apply_card_report(gateway=setup.gateway, report=report, ctx=ctx)
    setup.refresh_from_db()
    return setup.status == CardSetupStatus.SUCCEEDED
