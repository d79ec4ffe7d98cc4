"""`/admin/<slug>/what-can-be-done`: all that staff can do with the records of a list, linked from it."""

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from commerce.backoffice.base.pages import PageRule
from commerce.backoffice.reference.described import describe_all


class WithReference:
    """The page of a kind of records, where anything can be done with them: also what the person may not do, so that
    they know what to ask for.
    """

    def reference_rules(self: Any) -> dict[str, PageRule]:
        """What the page needs: what the list needs."""
        return {self._reference_name: PageRule(self.view_permission)} if self.has_actions else {}

    def reference_urls(self: Any) -> list[URLPattern]:
        """Its address."""
        view = self.admin_site.admin_view(self.reference_view)
        route = f"{self.slug}/what-can-be-done"
        return [path(route, view, name=self._reference_name)] if self.has_actions else []

    def reference_url(self: Any) -> str:
        """Where it is; empty where there is none."""
        return reverse(f"admin:{self._reference_name}") if self.has_actions else ""

    @property
    def has_actions(self: Any) -> bool:
        """Whether anything can be done with the records, or above their list."""
        return bool(self.record_actions or self.list_actions)

    @property
    def _reference_name(self: Any) -> str:
        return f"{self.names}_reference"

    def reference_view(self: Any, request: HttpRequest) -> HttpResponseBase:
        """The page."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("What can be done here"),
            "record_admin": self,
            "list_url": self.list_url(),
            "rows": describe_all(self),
        }
        return TemplateResponse(request, "backoffice/reference/page.html", context)
