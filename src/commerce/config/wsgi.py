"""The WSGI entry: handlers of their own for everything below ``/api`` and ``/webhooks``, Django's for all pages."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "commerce.config.settings")
pages = get_wsgi_application()

from commerce.api.core.handler import ApiHandler  # noqa: E402 - needs the apps that the line above loads
from commerce.api.core.replies import ApiReply  # noqa: E402
from commerce.api.core.request import ApiRequest  # noqa: E402
from commerce.kit import proxy_headers  # noqa: E402
from commerce.webhooks.handler import PATH, WebhookHandler  # noqa: E402


def _staff_api(request: ApiRequest, request_id: str) -> ApiReply:
    """It has the whole staff area, which a worker loads only once it is asked for it."""
    from commerce.backoffice.api.serve import serve_staff

    return serve_staff(request, request_id)


api = ApiHandler(_staff_api)
webhooks = WebhookHandler()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Settle what the transport says, then hand the request to its door."""
    proxy_headers.apply_proxy_headers(
        environ, settings.COMMERCE_TRUSTED_PROXIES, settings.COMMERCE_COUNTRY_HEADER
    )
    path = environ["PATH_INFO"]
    if path == "/api" or path.startswith("/api/"):
        return api(environ, start_response)
    if path.startswith(PATH):
        return webhooks(environ, start_response)
    return pages(environ, start_response)
