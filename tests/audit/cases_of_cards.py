"""What each action about saved cards is called with, for ``cases``."""

from collections.abc import Callable
from datetime import timedelta

from commerce.accounts.models import Client
from commerce.kit.context import SYSTEM, Context
from commerce.payments.actions.card_setups import (
    apply_card_report,
    expire_card_setups,
    open_card_setup,
)
from commerce.payments.actions.saved_cards import (
    CardConsent,
    forget_card,
    make_card_default,
    remove_card,
    save_card,
    stop_card,
    update_card,
)
from commerce.payments.gateways.contract import CardReport, PaymentCard
from commerce.payments.models import CardSetup, SavedCard
from tests import make

BEFORE = Context(make.AT, SYSTEM)
LATER = make.AT + timedelta(days=60)
CTX = Context(LATER, SYSTEM)
CONSENT = CardConsent("Charge it.", make.AT)

type Act = Callable[[], object]
type Case = Callable[[Client], Act]


def a_card(client: Client, n: int = 1) -> SavedCard:
    saved = save_card(
        client_id=client.pk, gateway="fake", card=there(client, n), consent=CONSENT, ctx=BEFORE
    )
    assert saved is not None
    return saved


def there(client: Client, n: int = 1, last4: str = "4242") -> PaymentCard:
    return PaymentCard("visa", last4, f"card-{client.pk}-{n}", 12, 2030)


def a_setup(client: Client) -> CardSetup:
    return CardSetup.objects.create(
        client=client,
        gateway="fake",
        idempotency_key=f"k{client.pk}",
        consent_text="Charge it.",
        consented_at=make.AT,
        created_at=make.AT,
        expires_at=make.AT + timedelta(hours=1),
    )


def an_open_setup(client: Client) -> CardSetup:
    setup = a_setup(client)
    open_card_setup(setup=setup, reference=f"u{client.pk}", ctx=BEFORE)
    return setup


def of_card(act: Callable[..., object], n: int = 1, **more: str) -> Case:
    def case(client: Client) -> Act:
        cards = [a_card(client, one) for one in range(1, n + 1)]
        return lambda: act(card=cards[-1], ctx=CTX, **more)

    return case


def told(act: Callable[..., object], last4: str) -> Case:
    def case(client: Client) -> Act:
        a_card(client)
        return lambda: act(gateway="fake", card=there(client, last4=last4), ctx=CTX)

    return case


def reported(client: Client) -> Act:
    setup = an_open_setup(client)
    report = CardReport("saved", setup.reference or "", there(client))
    return lambda: apply_card_report(gateway="fake", report=report, ctx=CTX)


def saving(client: Client) -> Act:
    return lambda: save_card(
        client_id=client.pk, gateway="fake", card=there(client), consent=CONSENT, ctx=CTX
    )


def opening(client: Client) -> Act:
    setup = a_setup(client)
    return lambda: open_card_setup(setup=setup, reference="u", ctx=CTX)


CASES: dict[str, Case] = {
    "payments.save_card": saving,
    "payments.update_card": told(update_card, "1881"),
    "payments.forget_card": told(forget_card, "4242"),
    "payments.make_card_default": of_card(make_card_default, 2),
    "payments.remove_card": of_card(remove_card),
    "payments.stop_card": of_card(stop_card, reason="stolen"),
    "payments.apply_card_report": reported,
    "payments.open_card_setup": opening,
    "payments.expire_card_setups": lambda _client: lambda: expire_card_setups(ctx=CTX),
}

UNSEEN = set(CASES)
"""The API shows no cards."""
