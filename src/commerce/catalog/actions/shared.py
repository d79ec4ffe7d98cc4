"""The shared revision, what an installation starts with, and how changes of the catalogue are noted."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import F, ProtectedError

from commerce.audit.actions import record
from commerce.catalog.models import Currency, SharedRevision
from commerce.kit import money
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


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
    """Write the columns that differ, with one audit entry; false if none does. Call it inside a transaction.

    Raises ``Refused`` for a text that is longer than its column.
    """
    check_lengths(type(row), fields)
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


def check_lengths(model: type[models.Model], fields: Mapping[str, Any]) -> None:
    """Raises ``Refused`` for a text that is longer than its column: SQLite would keep it, PostgreSQL break off."""
    for name, value in fields.items():
        longest = getattr(model._meta.get_field(name), "max_length", None)
        if isinstance(value, str) and longest is not None and len(value) > longest:
            what = name.replace("_", " ")
            raise Refused(f"The {what} has at most {longest} characters.", field=name)


def delete(row: models.Model, *, instead: str, at: datetime, actor: Actor) -> None:
    """Delete a row to which nothing refers, with its audit entry (README 4). Call it inside a transaction.

    What is only a part of it goes too: prices, values. Raises ``Refused`` when something refers to it; ``instead`` says
    what to do then.
    """
    noun, name = row._meta.model_name or "", str(row)
    type(row)._default_manager.select_for_update().get(pk=row.pk)
    record(
        at=at,
        actor=actor,
        action=f"{noun}.deleted",
        record=(noun, row.pk if isinstance(row.pk, int) else None),
        name=name,
    )
    try:
        row.delete()
    except ProtectedError as error:
        found = Counter(str(one._meta.verbose_name) for one in error.protected_objects)
        users = ", ".join(f"{count} × {kind}" for kind, count in sorted(found.items()))
        raise Refused(f"{name} is in use ({users}) and cannot be deleted. {instead}") from error


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as an audit entry keeps them: days as text."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}
