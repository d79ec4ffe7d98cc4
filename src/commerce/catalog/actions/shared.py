"""The shared revision, what an installation starts with, and how changes of the catalogue are noted."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F

from commerce.audit.actions import record
from commerce.catalog.models import Currency, SharedRevision
from commerce.kit import money
from commerce.kit.actor import Actor


def raise_shared_revision() -> None:
    """Call it with each write to shared data that the API shows: a product's name, a server's hostname."""
    if not SharedRevision.objects.filter(pk=1).update(number=F("number") + 1):
        SharedRevision.objects.create(pk=1, number=2)


@transaction.atomic
def lay_first_rows() -> None:
    """What an installation starts with: the row of the shared revision, USD (default) and EUR. Keeps what is there."""
    SharedRevision.objects.get_or_create(pk=1)
    if not Currency.objects.exists():
        for code, name, sign in (("USD", "US dollar", "$"), ("EUR", "Euro", "€")):
            Currency.objects.create(
                code=code,
                exponent=money.exponent(code),
                name=name,
                prefix=sign,
                is_default=code == "USD",
            )


def change(
    row: models.Model, verb: str, fields: Mapping[str, Any], *, at: datetime, actor: Actor
) -> bool:
    """Write the columns that differ, with one audit entry; false if none does. Call it inside a transaction."""
    row.refresh_from_db()
    after = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if not after:
        return False
    before = {name: getattr(row, name) for name in after}
    type(row)._default_manager.filter(pk=row.pk).update(**after)
    noun = row._meta.model_name or ""
    record(
        at=at,
        actor=actor,
        action=f"{noun}.{verb}",
        record=(noun, row.pk if isinstance(row.pk, int) else None),
        name=str(row),
        before=plain(before),
        after=plain(after),
    )
    row.refresh_from_db()
    return True


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as an audit entry keeps them: days as text."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}
