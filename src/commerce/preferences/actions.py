"""Changing settings."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from commerce.audit.actions import record
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.preferences import current
from commerce.preferences.current import IN_FORCE, ZONE, get
from commerce.preferences.keys import KEYS
from commerce.preferences.models import Setting

_CONDITIONS: dict[str, Callable[[object], None]] = {}


def must_hold(key: str, condition: Callable[[object], None]) -> None:
    """Have ``condition`` look at each new value of a key; it raises ``Refused``. For apps above, when ready."""
    _CONDITIONS[key] = condition


@transaction.atomic
def set_preference(*, key: str, value: str, at: datetime, actor: Actor) -> object:
    """Store a setting from its typed text and return its value; raises ``Refused`` for an unknown key or bad value."""
    if key not in KEYS:
        raise Refused(f"There is no setting {key}.")
    before, after = get(key), KEYS[key].read(value)
    if key in _CONDITIONS:
        _CONDITIONS[key](after)
    _check_reset(key, after)
    if after == KEYS[key].default:
        Setting.objects.filter(pk=key).delete()
    else:
        Setting.objects.update_or_create(pk=key, defaults={"value": after})
    record(
        at=at,
        actor=actor,
        action="settings.updated",
        record=("setting", None),
        name=key,
        before={key: before},
        after={key: after},
        staff_only=True,
    )
    return after


@transaction.atomic
def put_zone_in_force(*, at: datetime, actor: Actor) -> None:
    """From this instant on ``billing.time_zone`` counts as it is chosen now: what the start of a daily run does."""
    chosen = get(ZONE)
    kept = Setting.objects.filter(pk=IN_FORCE).values_list("value", flat=True).first()
    if kept is not None and kept["zone"] == chosen:
        return
    today = current.business_date(at)
    value = {"zone": chosen, "since": at.isoformat(), "date": today.isoformat()}
    Setting.objects.update_or_create(pk=IN_FORCE, defaults={"value": value})
    record(
        at=at,
        actor=actor,
        action="settings.in_force",
        record=("setting", None),
        name=ZONE,
        before={ZONE: kept["zone"]} if kept else {},
        after={ZONE: chosen},
        staff_only=True,
    )


def _check_reset(key: str, value: object) -> None:
    """Numbers that start anew each year need the year in their prefix, or they would come twice (billing.md 4)."""
    if key not in ("billing.invoice_yearly_reset", "billing.invoice_prefix"):
        return
    chosen = {one: get(one) for one in ("billing.invoice_yearly_reset", "billing.invoice_prefix")}
    chosen[key] = value
    if chosen["billing.invoice_yearly_reset"] and "{YYYY}" not in chosen["billing.invoice_prefix"]:
        raise Refused("With a yearly reset the prefix of invoices needs {YYYY}.")
