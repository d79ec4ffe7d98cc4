"""Records of the staff area: a list with filters, and a page for each, both read-only; changes are actions.

Django's admin gives the list (filters, search, order, pages). A record's page is ours: Django's would offer a form.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from commerce.backoffice.base import action_pages
from commerce.backoffice.base.access import may, staff_context
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.pages import MenuGroup, Needed, PageRule, Text
from commerce.backoffice.base.panels import Panel
from commerce.backoffice.lists.changelist import COMPARISONS, RecordList, without_empty
from commerce.backoffice.lists.chosen import COLUMNS_VAR, all_columns, shown_columns
from commerce.backoffice.lists.columns import Column, Fieldset, all_fieldsets, is_shown
from commerce.backoffice.lists.export import export_response
from commerce.backoffice.lists.filters import with_select2_words
from commerce.backoffice.lists.paging import CappedPaginator
from commerce.backoffice.reference.page import WithReference
from commerce.portal.base.redirects import see_other
from commerce.presentation.records import RecordFields


@dataclass(frozen=True, slots=True)
class ShownAction:
    """A button as a page has it."""

    action: RecordAction
    url: str
    reason_against: Text | None


class RecordAdmin(WithReference, ModelAdmin):
    """List and record of a model: give it ``model``, ``slug``, ``label``, ``view_permission`` and ``list_display``."""

    model: ClassVar[type[Model]]
    slug: ClassVar[str]
    """`/admin/<slug>`, and `/admin/<slug>/<id>`."""
    label: ClassVar[Text]
    """What the records are called, in the plural: "Invoices"."""
    view_permission: ClassVar[Needed]
    menu: ClassVar[MenuGroup | None] = None
    """Where the menu has the list; nowhere if None."""
    key_converter: ClassVar[str] = "int"
    """How the primary key is written in addresses; ``str`` for a key that is a text."""
    record_actions: ClassVar[Sequence[RecordAction]] = ()
    actions_of_many: ClassVar[Sequence[RecordAction]] = ()
    """Buttons of ticked rows besides those of its ``record_actions`` whose act is ``for_many``."""
    list_actions: ClassVar[Sequence[RecordAction]] = ()
    panels: ClassVar[Sequence[Panel]] = ()
    record_fieldsets: ClassVar[Sequence[Fieldset]] = ()
    """The parts of a record's page: a title, and its values (``all_fieldsets``)."""
    described_by: ClassVar[RecordFields | None] = None
    """The fields of these records, which say what is read with them."""
    record_related: ClassVar[Sequence[str]] = ()
    """Records of other kinds that a record's page shows beside it (``select_related``)."""
    has_record_page: ClassVar[bool] = True
    exports: ClassVar[bool] = True
    """Whether the list can be had as a CSV file: `/admin/<slug>.csv`, with the same filters."""
    exported_besides: ClassVar[Sequence[Column]] = ()
    """Columns that the file has behind those of the list."""
    exported_related: ClassVar[Sequence[str]] = ()
    """Records of other kinds that these read (``prefetch_related``)."""
    linked_lookups: ClassVar[Sequence[str]] = ()
    """Columns besides those of its filters that links to the list compare (`?tax_groups__category=S`)."""
    found_by_search: ClassVar[bool] = False
    """Whether the search of the whole staff area finds these records (``search_fields``, or ``global_search``)."""
    record_template: ClassVar[str] = "backoffice/base/record.html"

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = None
    paginator = CappedPaginator
    list_disable_select_all = True
    list_filter_submit = True
    list_filter_sheet = False
    actions = None
    change_list_template = "backoffice/base/list.html"

    # --- what a record says of itself; override as needed ---------------------------------------------------------

    def record_title(self, record: Any) -> str:
        """What a record is called: the head of its page."""
        return str(record)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        rows: QuerySet[Any] = super().get_queryset(request)
        return self.described_by.with_related(rows) if self.described_by else rows

    def record_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """What a record's page reads."""
        rows: QuerySet[Any] = self.get_queryset(request)
        return rows.select_related(*self.record_related) if self.record_related else rows

    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """What a template of its own (``record_template``) needs besides."""
        return {}

    def record_notices(self, request: HttpRequest, record: Any) -> Iterable[Text]:
        """What a person must know before anything else, above the record."""
        return ()

    def global_search(self, request: HttpRequest, text: str) -> "QuerySet[Any]":
        """What the search of the whole staff area finds: as the search of the list, unless it is too slow for that."""
        rows, may_repeat = self.get_search_results(request, self.record_queryset(request), text)
        return rows.distinct() if may_repeat else rows

    # --- permissions: the middleware has asked already; Django's and unfold's templates ask again -----------------

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.view_permission)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, self.view_permission)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @property
    def media(self) -> Media:
        """The scripts of its filters."""
        return with_select2_words(super().media)

    # --- addresses ------------------------------------------------------------------------------------------------

    @property
    def names(self) -> str:
        """What the names of its URLs begin with, as Django's admin has it."""
        return f"{self.model._meta.app_label}_{self.model._meta.model_name}"

    def rules(self) -> dict[str, PageRule]:
        """Each of its URL names, and what it needs."""
        list_name = f"{self.names}_changelist"
        found = {list_name: PageRule(self.view_permission), **self.reference_rules()}
        if self.has_record_page:
            found[f"{self.names}_change"] = PageRule(self.view_permission)
        if self.exports:
            found[f"{self.names}_export"] = PageRule(self.view_permission)
        for action in self._forms:
            found[self.action_name(action)] = PageRule(action.permission, action.permission)
        for action in self.list_actions:
            found[self.action_name(action, of_list=True)] = PageRule(
                action.permission, action.permission
            )
        return found

    @property
    def _forms(self) -> list[RecordAction]:
        """The actions of a record that have a form here."""
        return [action for action in self.record_actions if action.leads_to is None]

    def action_name(self, action: RecordAction, *, of_list: bool = False) -> str:
        """The URL name of an action, without ``admin:``."""
        return f"{self.names}_{'list_' if of_list else ''}{action.name.replace('-', '_')}"

    def get_urls(self) -> list[URLPattern]:
        view, key = self.admin_site.admin_view, f"<{self.key_converter}:object_id>"
        found = self.reference_urls()
        found.append(path(self.slug, view(self.changelist_view), name=f"{self.names}_changelist"))
        if self.exports:
            found.append(
                path(f"{self.slug}.csv", view(self.export_view), name=f"{self.names}_export")
            )
        for action in self.list_actions:
            found.append(
                path(
                    f"{self.slug}/{action.name}",
                    view(action_pages.list_action_view(self, action)),
                    name=self.action_name(action, of_list=True),
                )
            )
        if self.has_record_page:
            found.append(
                path(f"{self.slug}/{key}", view(self.record_view), name=f"{self.names}_change")
            )
        for action in self._forms:
            found.append(
                path(
                    f"{self.slug}/{key}/{action.name}",
                    view(action_pages.record_action_view(self, action)),
                    name=self.action_name(action),
                )
            )
        return found

    def record_url(self, record: Any) -> str:
        """The address of a record's page; of the list where records have none."""
        if not self.has_record_page:
            return self.list_url()
        return reverse(f"admin:{self.names}_change", args=[record.pk])

    def list_url(self) -> str:
        return reverse(f"admin:{self.names}_changelist")

    # --- pages ----------------------------------------------------------------------------------------------------

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return shown_columns(self, request)

    @cached_property
    def known_columns(self) -> tuple[Column, ...]:
        """All columns that somebody may choose for the list."""
        return all_columns(self)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """What the list's filters and the links to it compare; what else stands in an address could find out, row by
        row, what a column holds that the list does not show.
        """
        column, _sign, comparison = lookup.rpartition("__")
        if comparison not in COMPARISONS:
            column = lookup
        if column.removesuffix("__id") in self._compared_columns:
            return True
        return "__" not in lookup and lookup not in self._own_columns

    @cached_property
    def usual_parameters(self) -> frozenset[str]:
        """Those of its filters that narrow the list unless the address has them empty."""
        usual = [one for one in self.list_filter if getattr(one, "has_usual_value", False)]
        return frozenset(str(one.parameter_name) for one in usual)

    @cached_property
    def _compared_columns(self) -> frozenset[str]:
        filters = [one[0] for one in self.list_filter if isinstance(one, tuple)]
        named = [getattr(one, "parameter_name", None) for one in self.list_filter]
        return frozenset(map(str, (*self.linked_lookups, *filters, *filter(None, named))))

    @cached_property
    def _own_columns(self) -> frozenset[str]:
        fields = self.model._meta.get_fields()
        names = {getattr(one, "attname", one.name) for one in fields}
        return frozenset({"pk", *names, *(one.name for one in fields)})

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseBase:
        """The list."""
        if (short := without_empty(request.GET, self.usual_parameters)) != request.GET:
            return see_other(f"{self.list_url()}?{short.urlencode()}".rstrip("?"))
        context = {
            "title": self.label,
            "record_admin": self,
            "shown_actions": self.shown_list_actions(request),
            "export_url": self._export_url(request) if self.exports else "",
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RecordList]:
        return RecordList

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return list(list_display)[:1] if self.has_record_page else None

    def _export_url(self, request: HttpRequest) -> str:
        """The file has the columns that the page shows, also when a job makes it later."""
        query, shown = request.GET.copy(), self.get_list_display(request)
        query.pop("p", None)
        if shown != [one for one in self.list_display if is_shown(request, one)]:
            query[COLUMNS_VAR] = ",".join(one.name for one in shown)
        url = reverse(f"admin:{self.names}_export")
        return f"{url}?{query.urlencode(safe=',')}" if query else url

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """The list as a CSV file: what the filters and the search of its address find."""
        return export_response(self, request)

    def find(self, request: HttpRequest, object_id: Any) -> Any:
        """The record of this id that the person may see; 404 otherwise."""
        try:
            record = self.record_queryset(request).filter(pk=object_id).first()
        except (ValueError, OverflowError) as wrong:
            raise Http404 from wrong
        if record is None:
            raise Http404
        return record

    def record_view(self, request: HttpRequest, object_id: Any) -> TemplateResponse:
        """The page of a record."""
        record = self.find(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            "title": self.record_title(record),
            "record_admin": self,
            "record": record,
            "of_client": getattr(record, "client_id", None),
            "list_url": self.list_url(),
            "notices": list(self.record_notices(request, record)),
            "shown_actions": self.shown_actions(request, record),
            "parts": self._parts(request, record),
            "panels": self._panels(request, record, self.panels_of(request, record)),
            **self.record_context(request, record),
        }
        return TemplateResponse(request, self.record_template, context)

    def shown_actions(self, request: HttpRequest, record: Any) -> list[ShownAction]:
        """The buttons of a record: those that the person may press, with why one cannot be pressed now."""
        ctx, found = staff_context(request), []
        for action in self.record_actions:
            if may(request, action.needed(record)):
                is_offered, reason = action.standing(record, ctx)
                if is_offered:
                    found.append(ShownAction(action, self._action_url(action, record), reason))
        return found

    def _action_url(self, action: RecordAction, record: Any) -> str:
        if action.leads_to:
            return action.leads_to(record)
        return reverse(f"admin:{self.action_name(action)}", args=[record.pk])

    def shown_list_actions(self, request: HttpRequest) -> list[ShownAction]:
        """The buttons above the list."""
        return [
            ShownAction(
                action,
                reverse(f"admin:{self.action_name(action, of_list=True)}"),
                action.reason_against(None, staff_context(request)),
            )
            for action in self.list_actions
            if may(request, action.permission)
        ]

    def parts_of(self, request: HttpRequest) -> Sequence[Fieldset]:
        """The parts of a record, as this page shows it."""
        return all_fieldsets(self.record_fieldsets, self.list_display, self.described_by)

    def _parts(self, request: HttpRequest, record: Any) -> list[dict[str, Any]]:
        return [
            {
                "title": title,
                "values": [
                    {"label": one.short_description, "value": one(record)}
                    for one in columns
                    if is_shown(request, one)
                ],
            }
            for title, columns in self.parts_of(request)
        ]

    def panels_of(self, request: HttpRequest, record: Any) -> Sequence[Panel]:
        """What belongs to it, as this page shows it."""
        return self.panels

    def _panels(
        self, request: HttpRequest, record: Any, panels: Sequence[Panel]
    ) -> list[dict[str, Any]]:
        return [
            panel.drawn(record, lambda row: self.url_of(request, row), request)
            for panel in panels
            if may(request, panel.permission)
        ]

    def url_of(self, request: HttpRequest, row: Any) -> str:
        """The page of any row that has one and that the person may see; empty otherwise."""
        found = self.admin_site._registry.get(type(row))
        if not isinstance(found, RecordAdmin) or not may(request, found.view_permission):
            return ""
        try:
            return found.record_url(row)
        except NoReverseMatch:
            return ""

    def empty_text(self) -> str:
        """What the list says when it has no rows."""
        return _("Nothing here yet.")
