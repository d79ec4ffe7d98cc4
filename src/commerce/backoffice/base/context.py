"""Drawing a page of the staff area that is not a record's."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.template.response import TemplateResponse

STAFF_URLS = "commerce.config.staff_urls"
"""The URLconf of requests below ``/admin``, which no other request has to load."""
SITE_ATTRIBUTE = "commerce_staff_site"
"""Where the middleware leaves the site for the views below it."""


def site_of(request: HttpRequest) -> Any:
    """The staff area that a request is made to: its table of permissions, its records."""
    return getattr(request, SITE_ATTRIBUTE)


def staff_page(
    request: HttpRequest, template: str, context: Mapping[str, Any], status: int = 200
) -> TemplateResponse:
    """A page in the frame of the staff area; ``template`` extends ``admin/base.html``, ``context`` has a ``title``."""
    whole = {**site_of(request).each_context(request), **context}
    return TemplateResponse(request, template, whole, status=status)
