"""Tags of the store: Markdown of product texts, names of countries, the number on the cart."""

from django import template
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from commerce.portal.shop import shopper
from commerce.presentation.countries import country_name

register = template.Library()

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")
_TAGS = set(
    "p br strong em a ul ol li h3 h4 code pre blockquote hr table thead tbody tr th td".split()
)


@register.filter
def markdown(text: str) -> SafeString:
    """``{{ product.description|markdown }}``: what staff wrote, as HTML that holds nothing dangerous."""
    import nh3

    html = nh3.clean(_MARKDOWN.render(text), tags=_TAGS, attributes={"a": {"href"}})
    return mark_safe(html)  # noqa: S308 - sanitised in the line above


register.filter("country", country_name)


@register.simple_tag(takes_context=True)
def cart_count(context: template.Context) -> int:
    """``{% cart_count as items %}``: how many items the visitor's cart has."""
    request = context.get("request")
    return shopper.count_cart_items(request) if isinstance(request, HttpRequest) else 0
