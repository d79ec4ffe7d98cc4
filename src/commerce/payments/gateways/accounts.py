"""Under which account and mode of a gateway something was made, and which of them credentials are of (payments.md 5).

What another account does not know proves nothing: it is not asked, and what is of the other one rests until that is
used again. An account has the name that its gateway has for it; credentials that know the cards of an account are of
that.
"""

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import format_lazy

from commerce.accounts.recipients import send_staff_email
from commerce.kit import clock
from commerce.kit.remote.time_limits import calls_end_at, seconds_left
from commerce.payments.gateways.contract import Gateway, OtherAccountError, PaymentCard
from commerce.payments.models import Attempt, CardSetup, GatewayAccount, GatewayCustomer, SavedCard

TRIED_CARDS, TRIAL_SECONDS = 10, 8
"""How many cards are asked for, and how long that may take: a page waits for it. Those asked by then say enough."""

type OfAccount = Attempt | CardSetup | GatewayCustomer | SavedCard
"""What is made under an account; without its name if it is older than these."""


@dataclass(slots=True)
class AccountTrial:
    """How many cards were asked for, and of which accounts those are that were known."""

    asked: int
    known: Counter[str]

    @property
    def is_ours(self) -> bool:
        """At least four of five are: some may have been removed there."""
        return self.known.total() * 5 >= self.asked * 4


def payment_card(card: SavedCard) -> PaymentCard:
    """A saved card as its gateway is told of it."""
    return PaymentCard(
        card.brand, card.last4, card.token, card.exp_month, card.exp_year, card.label
    )


def known_account(adapter: Gateway) -> str:
    """The account of an adapter's credentials; empty while nobody has asked."""
    known = GatewayAccount.objects.filter(gateway=adapter.slug, credentials=_credentials(adapter))
    return known.values_list("name", flat=True).first() or ""


def _credentials(adapter: Gateway) -> str:
    said = {each.name: adapter.settings[each.name] for each in adapter.fields if each.is_of_account}
    return hashlib.sha256(json.dumps([adapter.slug, said], sort_keys=True).encode()).hexdigest()


def account_of(adapter: Gateway) -> str:
    """The account of the credentials that are used, which is asked for once. Raises ``OSError``, ``BusinessError``."""
    if known := known_account(adapter):
        return known
    recognize_account(adapter)
    send_cards_at_rest_emails(adapter)
    return known_account(adapter)


def recognize_account(adapter: Gateway) -> AccountTrial:
    """Ask whose credentials these are, and whether they know our cards; what is of no account yet is of this one if so.

    Raises ``OSError``, ``KeyRefusedError`` among them, and ``BusinessError``.
    """
    mode = "test" if adapter.is_test_mode else "live"
    name = f"{mode} {adapter.account() or _credentials(adapter)[:16]}"[:100]
    trial = _try_cards(adapter)
    ours = [one for one in trial.known if one]
    if trial.is_ours and ours:
        name = max(ours, key=trial.known.__getitem__)
    with transaction.atomic():
        GatewayAccount.objects.update_or_create(
            gateway=adapter.slug,
            credentials=_credentials(adapter),
            defaults={"name": name},
            create_defaults={"name": name, "created_at": clock.now()},
        )
        for model in (Attempt, CardSetup, GatewayCustomer, SavedCard) if trial.is_ours else ():
            model._default_manager.filter(gateway=adapter.slug, account="").update(account=name)
    return trial


def _try_cards(adapter: Gateway) -> AccountTrial:
    """The newest cards, whichever account they are of."""
    trial = AccountTrial(0, Counter())
    if not adapter.capabilities.saved_cards:
        return trial
    cards = SavedCard.objects.kept().filter(gateway=adapter.slug).order_by("-pk")[:TRIED_CARDS]
    with calls_end_at(time.monotonic() + min(TRIAL_SECONDS, seconds_left())):
        for card in cards:
            try:
                trial.known[card.account] += adapter.knows_card(payment_card(card))
            except OSError:
                if trial.asked and not seconds_left():
                    break
                raise
            trial.asked += 1
    return trial


def check_account(adapter: Gateway, made_under: str) -> None:
    """Before it is asked about what was made under an account: raises ``OtherAccountError`` if another one is used."""
    if made_under and made_under != account_of(adapter):
        raise OtherAccountError(f"it is of the account {made_under}")


def check_is_gone(adapter: Gateway, row: OfAccount) -> None:
    """The gateway does not know something: raises ``OtherAccountError`` unless that is of the account that is used."""
    if not row.account:
        recognize_account(adapter)
        row.refresh_from_db(fields=["account"])
    if row.account != account_of(adapter):
        raise OtherAccountError("it may be of another account")


def cards_at_rest(adapter: Gateway) -> QuerySet[SavedCard]:
    """Cards that could be charged, if the account were used that they are of."""
    used = known_account(adapter)
    cards = SavedCard.objects.usable().filter(gateway=adapter.slug)
    return cards.exclude(account__in=["", used]) if used else cards.none()


def send_cards_at_rest_emails(adapter: Gateway) -> None:
    """Staff hear of cards that are not charged with these credentials: once for each account that came to be used."""
    if not (count := cards_at_rest(adapter).count()):
        return
    last = GatewayAccount.objects.filter(gateway=adapter.slug).order_by("-pk").first()
    with transaction.atomic():
        send_staff_email(
            event="gateway_cards_rest",
            idempotency_key=f"{adapter.slug} {_credentials(adapter)[:24]} {last and last.pk}",
            page=f"gateways/{adapter.slug}",
            values={
                "gateway": format_lazy("{name} ({slug})", name=adapter.name, slug=adapter.slug),
                "count": count,
            },
            at=clock.now(),
        )
