"""Roles and rights in words."""

from django import template

from commerce.accounts import words
from commerce.portal.formats import Words

register = template.Library()


@register.filter
def role(value: str) -> Words:
    """``{{ member.role|role }}``: a role in words."""
    return words.ROLES.get(value, value)


@register.filter
def right(value: str) -> Words:
    """``{{ "orders.view"|right }}``: a right in words."""
    return words.RIGHTS.get(value, value)
