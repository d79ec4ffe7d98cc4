"""Filling in and sending forms of the staff area, as its pages show them."""

from typing import Any

from django.db.models import Model
from django.urls import reverse

from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values


def action_url(record: Model, action: str) -> str:
    """The address of a record's action."""
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{action}", args=[record.pk])


def list_action_url(model: type[Model], action: str) -> str:
    """The address of a list's action."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_list_{action}")


def fill_in(web: HttpsTestClient, url: str, **typed: Any) -> dict[str, Any]:
    """What a browser would send of the form at an address, with what is ``typed``."""
    page = web.get(url)
    assert page.status_code == 200, page.content[-2000:]
    return form_values(page.content.decode()) | typed


def send(web: HttpsTestClient, url: str, **typed: Any) -> Any:
    """Open a form, type into it, and send it."""
    return web.post(url, fill_in(web, url, **typed))
