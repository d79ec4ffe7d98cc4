"""Which account of a gateway is used, what rests meanwhile, and the trial of another one (payments.md 5)."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Q

from commerce.jobs.models import Job
from commerce.jobs.remotes import forget_silences
from commerce.jobs.rules import JobStatus
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, NeedsConfirmation
from commerce.payments.gateways import registry
from commerce.payments.gateways.accounts import (
    known_account,
    recognize_account,
    send_cards_at_rest_emails,
)
from commerce.payments.gateways.contract import KeyRefusedError
from commerce.payments.models import Attempt, CardSetup, GatewayEvent, Refund, SavedCard
from commerce.payments.rules import ENDED_EVENT_STATUSES, RefundStatus
from commerce.site_settings.adapter_fields import adapter_settings, missing_fields
from commerce.site_settings.definitions import SETTING_DEFINITIONS

_REFUNDS_UNDER_WAY = (RefundStatus.REQUESTED, RefundStatus.ACCEPTED)


def account_in_use(slug: str) -> str:
    """The account of a gateway's credentials; empty while nobody has asked, and of one that this release does not have.

    No provider is asked here.
    """
    return known_account(registry.get_gateway(slug)) if slug in registry.GATEWAY_CLASSES else ""


def rests(card: SavedCard) -> bool:
    """Whether a card is of another account than the one that is used."""
    return bool(card.account) and account_in_use(card.gateway) not in ("", card.account)


def cards_at_rest_by_gateway() -> dict[str, int]:
    """How many cards are of other accounts than those that are used, where there are any."""
    found: Counter[str] = Counter()
    cards = SavedCard.objects.usable().filter(gateway__in=registry.GATEWAY_CLASSES)
    counts = cards.exclude(account="").order_by().values_list("gateway", "account")
    for slug, account, count in counts.annotate(Count("pk")):
        if account_in_use(slug) not in ("", account):
            found[slug] += count
    return dict(sorted(found.items()))


def has_other_account(slug: str) -> bool:
    """Whether cards are kept, or attempts under way, of another account than the one that is used."""
    others = ~Q(account__in=["", account_in_use(slug)])
    cards = SavedCard.objects.kept().filter(others, gateway=slug)
    return cards.exists() or Attempt.objects.live().filter(others, gateway=slug).exists()


def check_gateway_accounts(new: Mapping[str, Any]) -> None:
    """Raises ``NeedsConfirmation`` unless the account of each gateway that these settings are of knows our cards."""
    for slug, adapter in registry.GATEWAY_CLASSES.items():
        known = {f"gateway.{slug}.{one.name}" for one in adapter.fields if one.is_of_account}
        if found := {key: value for key, value in new.items() if key in known}:
            _check_gateway(slug, found)


def _check_gateway(slug: str, new: Mapping[str, Any]) -> None:
    """Nobody is asked before all settings are there that it takes, nor where there is no card."""
    kind, prefix = registry.GATEWAY_CLASSES[slug], f"gateway.{slug}."
    forgotten = [
        secret for key in new for secret in SETTING_DEFINITIONS[key].directs if secret not in new
    ]
    values = dict.fromkeys(forgotten, "") | dict(new)
    changed = {key.removeprefix(prefix): value for key, value in values.items()}
    settings = adapter_settings(f"gateway.{slug}", kind.fields) | changed
    cards = SavedCard.objects.kept().filter(gateway=slug)
    if missing_fields(kind.fields, settings) or not cards.exists():
        return
    adapter = kind(settings)
    try:
        trial = recognize_account(adapter)
    except KeyRefusedError as refused:
        raise NeedsConfirmation("gateway.account_refused", gateway=adapter.name) from refused
    except (OSError, BusinessError) as silent:
        raise NeedsConfirmation("gateway.account_not_tried", gateway=adapter.name) from silent
    if not trial.is_ours:
        raise NeedsConfirmation(
            "gateway.other_account",
            gateway=adapter.name,
            found=trial.known.total(),
            asked=trial.asked,
            count=cards.exclude(account=known_account(adapter)).count(),
        )


def remote_name_of_gateway(slug: str) -> str:
    """What a gateway is called beside servers and registrars, where one is silent or refuses our credentials."""
    return f"gateway {slug}"


def wake_gateway(key: str, ctx: Context) -> None:
    """A setting of a gateway changed: what waits for it goes on, and staff hear of what rests from now on."""
    slug = key.split(".")[1]
    if slug in registry.GATEWAY_CLASSES:
        resume_gateway(slug, at=ctx.at)
        send_cards_at_rest_emails(registry.get_gateway(slug))


@transaction.atomic
def unanswered_of_gateway(slug: str) -> int:
    """Attempts and refunds about which a gateway is to be asked."""
    refunds = Refund.objects.filter(gateway=slug, status__in=_REFUNDS_UNDER_WAY)
    return Attempt.objects.live().filter(gateway=slug).count() + refunds.count()


def resume_gateway(slug: str, *, at: datetime) -> None:
    """What waits for a gateway is tried at once: it works, or has another key."""
    forget_silences(remote=remote_name_of_gateway(slug))
    waiting = Job.objects.filter(status=JobStatus.WAITING, next_try_at__gt=at)
    of_it = {
        "attempt": Attempt.objects.live(),
        "cardsetup": CardSetup.objects.live(),
        "gatewayevent": GatewayEvent.objects.exclude(status__in=ENDED_EVENT_STATUSES),
        "refund": Refund.objects.filter(status__in=_REFUNDS_UNDER_WAY),
        "savedcard": SavedCard.objects.filter(removed_at__isnull=False),
    }
    for kind, rows in of_it.items():
        subjects = rows.filter(gateway=slug).values("pk")
        waiting.filter(subject_kind=kind, subject_id__in=subjects).update(next_try_at=at)
