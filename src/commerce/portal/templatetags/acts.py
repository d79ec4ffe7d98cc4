"""The tag by which pages ask whether they offer an act."""

from typing import Any

from django import template
from django.template import Context

from commerce.kit.acts.act import act_named
from commerce.portal.base.acts.offers import OfferedAct

register = template.Library()


@register.simple_tag(takes_context=True)
def act(context: Context, key: str, record: Any) -> OfferedAct:
    """``{% act "service.rename" service as rename %}{% if rename.is_offered %}…``"""
    return OfferedAct(context["request"], act_named(key), record)
