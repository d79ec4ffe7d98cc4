"""Changing settings."""

from datetime import datetime
from typing import Any

from django.db import transaction

from commerce.audit.actions import record
from commerce.audit.locks import one_at_a_time
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused
from commerce.kit.pictures import Drawn, drawn
from commerce.preferences import current
from commerce.preferences.conditions import check
from commerce.preferences.current import IN_FORCE, ZONE, get
from commerce.preferences.keys import KEYS, Key
from commerce.preferences.models import Picture, Setting
from commerce.preferences.secrets import ring, sealed


def set_preference(*, key: str, value: str, at: datetime, actor: Actor) -> Any:
    """Store a setting from its typed text and return its value; raises ``Refused`` for an unknown key or bad value.

    The value that it has already changes nothing, and an empty text keeps a secret.
    """
    known = _known(key)
    if known.secret and not value.strip():
        return get(key)
    return _put(key, known.read(value), at, actor)


def reset_preference(*, key: str, at: datetime, actor: Actor) -> Any:
    """Give a setting its default again, and forget a secret; returns the default. Raises ``Refused`` as above."""
    return _put(key, _known(key).default, at, actor)


def upload_picture(*, key: str, content: bytes, at: datetime, actor: Actor) -> str:
    """Draw a picture anew as its setting wants it, keep it, and return its name; the one that it replaces is gone.

    Raises ``Refused`` for a setting that is no picture, and for a file that is none or is too large.
    """
    fit = _known(key).picture
    if fit is None:
        raise Refused(f"{key} is no picture. `commerce setting set` changes it.")
    return _keep(key, drawn(content, fit), at, actor)


@transaction.atomic
def _keep(key: str, picture: Drawn, at: datetime, actor: Actor) -> str:
    one_at_a_time("settings")  # or another would drop it before the setting names it
    Picture.objects.get_or_create(pk=picture.name, defaults={"content": picture.png})
    name: str = _put(key, picture.name, at, actor)
    return name


def _known(key: str) -> Key:
    if key not in KEYS:
        raise Refused(f"There is no setting {key}. `commerce setting list` has them all.")
    return KEYS[key]


@transaction.atomic
def _put(key: str, after: Any, at: datetime, actor: Actor) -> Any:
    one_at_a_time("settings")  # what must hold looks at several of them
    current.forget()
    known, before = KEYS[key], get(key)
    if before == after:
        return after
    check(key, after)
    if after == known.default:
        Setting.objects.filter(pk=key).delete()
    else:
        stored = sealed(after) if known.secret else after
        Setting.objects.update_or_create(pk=key, defaults={"value": stored})
    if known.picture and not Setting.objects.filter(value=before).exists():
        Picture.objects.filter(pk=before).delete()
    current.forget()
    record(
        at=at,
        actor=actor,
        action="settings.updated",
        record=("setting", None),
        name=key,
        before={} if known.secret else {key: before},
        after={key: "changed" if known.secret else after},
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
    current.forget()
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


@transaction.atomic
def renew_sealed_settings() -> int:
    """Encrypt all secret settings with the first key of the ring, so that older keys can go; returns how many.

    Those of a gateway that this release does not have are among them.
    """
    done = 0
    for row in Setting.objects.select_for_update().order_by("pk"):
        if not isinstance(row.value, dict) or "sealed" not in row.value:
            continue
        renewed = {"sealed": ring().renew(row.value["sealed"])}
        done += Setting.objects.filter(pk=row.pk).update(value=renewed)
    return done
