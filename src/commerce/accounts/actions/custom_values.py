"""What a client's record says in custom fields: checked against their type, written with an audit entry."""

from collections.abc import Mapping

from django.db.models import QuerySet

from commerce.accounts.models import Client, CustomField, CustomValue
from commerce.accounts.rules import (
    MAX_CUSTOM_VALUE_LENGTH,
    CustomFieldType,
    custom_field_key,
    parse_custom_value,
)
from commerce.audit.actions import write_audit_entry
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


def registration_answers(answers: Mapping[int, str]) -> dict[int, str]:
    """The answers of a registration: all that it asks for, and nothing else. Raises ``BusinessError``."""
    return _answers_to(CustomField.objects.for_clients().filter(show_on_registration=True), answers)


def order_answers(answers: Mapping[int, str]) -> dict[int, str]:
    """The answers of a first order: all that an order asks for, and nothing else. Raises ``BusinessError``."""
    return _answers_to(CustomField.objects.for_clients().filter(show_on_order=True), answers)


def _answers_to(asked: QuerySet[CustomField], answers: Mapping[int, str]) -> dict[int, str]:
    found = {field: answers.get(field.pk, "") for field in asked}
    for field, answer in found.items():
        clean_custom_value(field, answer)
    return {field.pk: answer for field, answer in found.items()}


def save_custom_answers(*, client: Client, answers: Mapping[int, str], ctx: Context) -> bool:
    """Keep a client's own answers, by the ids of their fields, in the caller's transaction, who holds the client.

    Says whether anything changed. What is admin-only, or gone meanwhile, is left out. Raises ``BusinessError`` for an
    answer that its field does not take.
    """
    if not answers:
        return False
    fields = lock_custom_fields(CustomField.objects.filter(admin_only=False, pk__in=answers))
    return write_custom_values(client, {field: answers[field.pk] for field in fields}, ctx=ctx)


def lock_custom_fields(fields: QuerySet[CustomField]) -> list[CustomField]:
    """Fields as they stay until the transaction ends: a value never meets a type that it was not checked for."""
    return list(fields.order_by("pk").select_for_update(no_key=True))


def write_custom_values(client: Client, values: Mapping[CustomField, str], *, ctx: Context) -> bool:
    """Values for fields that the caller has locked, of a client whom they hold; what stays the same is not written.

    Says whether anything changed.
    """
    if not values:
        return False
    new = {field: clean_custom_value(field, text) for field, text in values.items()}
    rows = CustomValue.objects.for_client(client).filter(field__in=new)
    old = dict(rows.values_list("field_id", "value"))
    changed = {field: value for field, value in new.items() if old.get(field.pk, "") != value}
    if not changed:
        return False
    rows.filter(field__in=changed).delete()
    CustomValue.objects.bulk_create(
        CustomValue(client=client, field=field, value=value)
        for field, value in changed.items()
        if value
    )
    write_audit_entry(
        ctx=ctx,
        action="client.fields_changed",
        record=("client", client.pk),
        name=client.name,
        client_id=client.pk,
        before={field.name: old.get(field.pk, "") for field in changed},
        after={field.name: value for field, value in changed.items()},
        staff_only=any(field.admin_only for field in changed),
    )
    return True


def clean_custom_value(field: CustomField, raw_value: str) -> str:
    """The value as it is kept. Raises ``BusinessError`` when it breaks the field's type, or is missing."""
    value = parse_custom_value(field.type, field.options, raw_value)
    if value is None:
        raise _type_error(field)
    if field.required and not value:
        raise BusinessError(
            "custom_value.missing", name=field.name, field=custom_field_key(field.pk)
        )
    return value


def _type_error(field: CustomField) -> BusinessError:
    key, name = custom_field_key(field.pk), field.name
    match field.type:
        case CustomFieldType.CHECKBOX:
            return BusinessError("custom_value.not_yes_or_no", name=name, field=key)
        case CustomFieldType.DATE:
            return BusinessError("custom_value.not_a_day", name=name, field=key)
        case CustomFieldType.DROPDOWN:
            options = ", ".join(field.options)
            return BusinessError(
                "custom_value.not_an_option", name=name, options=options, field=key
            )
    most = MAX_CUSTOM_VALUE_LENGTH.get(field.type)
    return BusinessError("custom_value.too_long", name=name, maximum=most, field=key)
