"""The shared revision, what an installation starts with, and how changes of the catalog are noted."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import models, transaction
from django.db.models.deletion import PROTECT, get_candidate_relations_to_delete
from django.utils.translation import gettext_lazy as _

from commerce.audit.actions import write_audit_entry
from commerce.audit.kinds import record_kind
from commerce.catalog.models import Currency, SharedRevision
from commerce.db.fast_paths import update_returning_columns
from commerce.kit import money
from commerce.kit.acts.inputs import UNCHANGED, Integer
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.kit.request_cache import clear_request_cache

FIELD_LABELS = {
    "name": _("Name"),
    "slug": _("Slug"),
    "package": _("Package"),
}
"""Texts of the catalog that have a longest length."""


POSITION = Integer(_("Position"), most=1_000_000)
"""A place in a list, 0 is first."""


def bump_shared_revision() -> None:
    """Call it with each write to shared data that the API shows: a product's name, a server's hostname."""
    raised = "number = number + 1"
    if not update_returning_columns(
        SharedRevision, raised, where="id = %s", values=[1], columns="id"
    ):
        SharedRevision.objects.create(pk=1, number=2)


@transaction.atomic
def create_initial_rows() -> None:
    """What an installation starts with: the row of the shared revision, USD (default) and EUR. Keeps what is there."""
    SharedRevision.objects.get_or_create(pk=1)
    if not Currency.objects.exists():
        for code, name, sign in (("USD", "US dollar", "$"), ("EUR", "Euro", "€")):
            Currency.objects.create(
                code=code,
                exponent=money.currency_exponent(code),
                name=name,
                prefix=sign,
                is_default=code == "USD",
            )


def update_with_audit(
    row: models.Model, verb: str, fields: Mapping[str, Any], *, ctx: Context
) -> bool:
    """Write the columns that differ, with one audit entry; false if none does. Call it inside a transaction.

    Raises ``BusinessError`` for a text that is longer than its column.
    """
    check_lengths(type(row), fields)
    row.refresh_from_db()
    after = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if not after:
        return False
    before = {name: getattr(row, name) for name in after}
    type(row)._default_manager.filter(pk=row.pk).update(**after)
    noun = record_kind(row)
    write_audit_entry(
        ctx=ctx,
        action=f"{noun}.{verb}",
        record=(noun, row.pk if isinstance(row.pk, int) else None),
        name=str(row),
        before=audit_values(before),
        after=audit_values(after),
    )
    row.refresh_from_db()
    clear_request_cache()
    return True


def without_none(**fields: Any) -> dict[str, Any]:
    """These without what was left out of an act, which is None."""
    return {name: value for name, value in fields.items() if value is not None}


def without_unchanged(**fields: Any) -> dict[str, Any]:
    """These without what an act leaves as it is, where None takes a value away."""
    return {name: value for name, value in fields.items() if value is not UNCHANGED}


def check_lengths(model: type[models.Model], fields: Mapping[str, Any]) -> None:
    """Raises ``BusinessError`` for a text that is longer than its column: SQLite would keep it, PostgreSQL break
    off.
    """
    for name, value in fields.items():
        longest = getattr(model._meta.get_field(name), "max_length", None)
        if isinstance(value, str) and longest is not None and len(value) > longest:
            label = FIELD_LABELS.get(name, name)
            raise BusinessError("catalog.text_too_long", label=label, maximum=longest, field=name)


def delete_with_audit(row: models.Model, *, ctx: Context) -> None:
    """Delete a row to which nothing refers (``users_text``), with its audit entry (README 4). The caller has locked it.

    What is only a part of it goes too: prices, values.
    """
    noun, name = record_kind(row), str(row)
    write_audit_entry(
        ctx=ctx,
        action=f"{noun}.deleted",
        record=(noun, row.pk if isinstance(row.pk, int) else None),
        name=name,
    )
    row.delete()
    clear_request_cache()


MOST_USERS_COUNTED = 1000


def users_text(row: models.Model) -> str:
    """What refers to a row, and keeps it from being deleted: ``1 × cart item, 2 × service``; empty for nothing."""
    found: dict[str, int] = {}
    relations: Iterable[Any] = get_candidate_relations_to_delete(row._meta)
    for relation in relations:
        if relation.on_delete is PROTECT:
            model = relation.related_model
            users = model._base_manager.filter(**{relation.field.name: row.pk})
            if count := users[:MOST_USERS_COUNTED].count():
                kind = str(model._meta.verbose_name)
                found[kind] = found.get(kind, 0) + count
    return ", ".join(f"{count} × {kind}" for kind, count in sorted(found.items()))


def audit_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as an audit entry keeps them: days as text."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in values.items()}
