"""What a client's record says in custom fields: checked against their type, written with an audit entry."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from commerce.accounts.models import Client, CustomField, CustomValue
from commerce.accounts.rules import CUSTOM_LONGEST, custom_key, custom_value
from commerce.audit.actions import record
from commerce.kit.actor import Actor
from commerce.kit.errors import Refused


def at_registration(typed: Mapping[int, str]) -> dict[int, str]:
    """The answers of a registration: all that it asks for, and nothing else. Raises ``Refused``."""
    asked = list(CustomField.objects.for_clients().filter(show_on_registration=True))
    for field in asked:
        checked(field, typed.get(field.pk, ""))
    return {field.pk: typed.get(field.pk, "") for field in asked}


def answer(*, client: Client, typed: Mapping[int, str], at: datetime, actor: Actor) -> None:
    """Keep a client's own answers, by the ids of their fields, in the caller's transaction, who holds the client.

    What is admin-only, or gone meanwhile, is left out. Raises ``Refused`` for an answer that its field does not take.
    """
    fields = locked(CustomField.objects.filter(admin_only=False, pk__in=typed))
    write(client, {field: typed[field.pk] for field in fields}, at=at, actor=actor)


def locked(fields: QuerySet[CustomField]) -> list[CustomField]:
    """Fields as they stay until the transaction ends: a value never meets a type that it was not checked for."""
    return list(fields.order_by("pk").select_for_update(no_key=True))


def write(client: Client, typed: Mapping[CustomField, str], *, at: datetime, actor: Actor) -> None:
    """Values for fields that the caller has locked, of a client whom he holds; what stays the same is not written."""
    if not typed:
        return
    new = {field: checked(field, text) for field, text in typed.items()}
    rows = CustomValue.objects.for_client(client).filter(field__in=new)
    old = dict(rows.values_list("field_id", "value"))
    changed = {field: value for field, value in new.items() if old.get(field.pk, "") != value}
    if not changed:
        return
    rows.filter(field__in=changed).delete()
    CustomValue.objects.bulk_create(
        CustomValue(client=client, field=field, value=value)
        for field, value in changed.items()
        if value
    )
    record(
        at=at,
        actor=actor,
        action="client.fields_changed",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
        before={field.name: old.get(field.pk, "") for field in changed},
        after={field.name: value for field, value in changed.items()},
        staff_only=any(field.admin_only for field in changed),
    )


def checked(field: CustomField, typed: str) -> str:
    """The value as it is kept. Raises ``Refused`` when it breaks the field's type, or is missing."""
    value = custom_value(field.type, field.options, typed)
    if value is None:
        raise Refused(_takes(field), field=custom_key(field.pk))
    if field.required and not value:
        text = _("%(field)s is required.") % {"field": field.name}
        raise Refused(text, field=custom_key(field.pk))
    return value


def _takes(field: CustomField) -> str:
    said = {
        "field": field.name,
        "options": ", ".join(field.options),
        "number": CUSTOM_LONGEST.get(field.type),
    }
    match field.type:
        case CustomField.Type.CHECKBOX:
            return _("%(field)s is yes or no.") % said
        case CustomField.Type.DATE:
            return _("%(field)s takes a day, written as 2026-12-31.") % said
        case CustomField.Type.DROPDOWN:
            return _("%(field)s takes one of these: %(options)s.") % said
    return _("%(field)s takes at most %(number)d characters.") % said
