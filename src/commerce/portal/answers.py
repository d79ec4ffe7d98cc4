"""Replies that several pages give."""

from typing import Any

from django.http import HttpResponseRedirect
from django.shortcuts import resolve_url


class SeeOther(HttpResponseRedirect):
    """303: after a change, read this page; a reload does not send the form again."""

    status_code = 303


def see_other(to: str, *args: Any, **kwargs: Any) -> SeeOther:
    """The redirect that answers every change: to a URL name with its arguments, or a path on this site."""
    return SeeOther(resolve_url(to, *args, **kwargs))
