"""Roles and rights in words."""

from collections.abc import Iterable

from django import template

from commerce.accounts import labels
from commerce.presentation.labels import Text

register = template.Library()


@register.filter
def role(value: str) -> Text:
    """``{{ member.role|role }}``: a role in words."""
    return labels.ROLE_LABELS.get(value, value)


@register.filter
def right(value: str) -> Text:
    """``{{ "orders.view"|right }}``: a right in words."""
    return labels.RIGHT_LABELS.get(value, value)


@register.filter
def rights_in_words(rights: Iterable[str]) -> list[Text]:
    """``{{ member.rights|rights_in_words }}``: rights in words, without those of parts to come."""
    return [labels.RIGHT_LABELS[right] for right in rights if right in labels.RIGHT_LABELS]
