"""Pages of the staff area as a person uses them in a test: open a form, fill it in, send it."""

import re
from html import unescape
from typing import Any

from django.forms import Select
from django.http import HttpResponse

from tests.make.browser import HttpsTestClient


def open_form(web: HttpsTestClient, path: str) -> dict[str, Any]:
    """What the form of an action holds when it is opened: its initial values, key and version."""
    page = web.get(path)
    assert page.status_code == 200, page.status_code
    form = page.context["form"]
    shown = {field.html_name: _shown(field) for field in form}
    return {name: _plain(value) for name, value in shown.items() if value not in (None, False)}


def _shown(field: Any) -> Any:
    """What a browser would send of a field that nobody touched: of a drop-down its first choice."""
    value = field.value()
    if value is None and type(field.field.widget) is Select:
        return next(iter(field.field.choices), [None])[0]
    return "on" if value is True else value


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(getattr(value, "pk", value))


def send(web: HttpsTestClient, path: str, **typed: Any) -> HttpResponse:
    """Open the form of an action, change these fields (None empties one), and send it."""
    values = open_form(web, path) | typed
    answer: HttpResponse = web.post(path, {k: v for k, v in values.items() if v is not None})
    return answer


def text_of(page: HttpResponse) -> str:
    """The text that a page shows, on one line."""
    html = re.sub(r"<(script|style)\b.*?</\1>", " ", page.content.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())
