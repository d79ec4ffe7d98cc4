"""Pages of the portal made from acts: one press of a button on a record's page, or a form of its own."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts.models import Client
from commerce.db.acts import run_act
from commerce.kit import clock
from commerce.kit.acts.act import Act, act_of, read_input
from commerce.kit.acts.inputs import Secret
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.portal.base import restored_forms
from commerce.portal.base.access import ClientRequest, actor_of, client_page
from commerce.portal.base.acts.fields import act_fields, given_values
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.redirects import see_other

type View = Callable[..., HttpResponseBase]
type Rows = Callable[[Client], QuerySet[Any]]


def member_context(request: ClientRequest) -> Context:
    """Who acts, and when."""
    return Context(clock.now(), actor_of(request))


def press_view(action: Callable[..., Any], rows: Rows, page: str) -> View:
    """A POST to a record of ``rows`` (its ``for_client``): does the act with what the button sends, and goes back to
    its ``page``, which says what came of it.
    """
    act = act_of(action)

    def pressed(request: ClientRequest, record: Any) -> HttpResponse:
        try:
            values = {
                name: read_input(name, one.input.from_text, request.POST[name], record)
                for name, one in act.parameters.items()
                if name in request.POST
            }
            _tell_done(request, act, record, values)
        except PermissionDenied:
            raise
        except StateConflict as conflict:
            messages.info(request, str(conflict))
        except BusinessError as error:
            messages.error(request, str(error))
        return see_other(page, record.pk)

    return require_POST(_for_record(act, rows, page, pressed))


def form_view(action: Callable[..., Any], rows: Rows, page: str, template: str) -> View:
    """A page with a form for the act, which leads back to the record's ``page``. What was typed is there again after
    signing in anew; the ``template`` has ``record``, ``form`` and ``back``.
    """
    act = act_of(action)
    kept = tuple(name for name, one in act.parameters.items() if not isinstance(one.input, Secret))

    def asked(request: ClientRequest, record: Any) -> HttpResponse:
        form = ActForm(act, record, request.POST if request.method == "POST" else None)
        if not form.is_bound:
            restored_forms.restore_form(form, request)
        elif form.is_valid():
            try:
                _tell_done(request, act, record, given_values(act, record, form.cleaned_data))
            except StateConflict as conflict:
                messages.info(request, str(conflict))
                return see_other(page, record.pk)
            except BusinessError as error:
                add_business_error(form, error)
            else:
                return see_other(page, record.pk)
        context = {"record": record, "form": form, "back": reverse(page, args=[record.pk])}
        return render(request, template, context, status=422 if form.is_bound else 200)

    view = _for_record(act, rows, page, asked)
    return require_http_methods(["GET", "HEAD", "POST"])(restored_forms.restores(names=kept)(view))


class ActForm(forms.Form):
    """A field for each thing that an act asks."""

    def __init__(self, act: Act[Any], record: Any, *args: Any) -> None:
        super().__init__(*args)
        self.fields.update(act_fields(act, record))


def _tell_done(request: ClientRequest, act: Act[Any], record: Any, values: dict[str, Any]) -> None:
    ctx = member_context(request)
    result = run_act(lambda: act.call(record, values, ctx), is_atomic=act.is_atomic)
    messages.success(request, act.done_text(result, record, staff=False))


def _for_record(act: Act[Any], rows: Rows, page: str, view: Callable[..., HttpResponse]) -> View:
    """The view with the client's own record, where it takes the act now; otherwise its page, which says why not."""

    @client_page(
        act.member,
        while_suspended=act.while_suspended,
        reveals=act.reveals,
        spends=act.spends,
    )
    def for_record(request: ClientRequest, pk: int) -> HttpResponse:
        record = rows(request.acting.client).filter(pk=pk).first()
        if record is None:
            return other_client_404(request, rows, pk, act.member)
        reason = act.blocked(record, member_context(request)) if act.blocked else None
        if reason is None and (request.acting.is_active or act.while_suspended):
            return view(request, record)
        if reason is not None and request.method == "POST":
            messages.info(request, str(reason))
        return see_other(page, record.pk)

    return for_record
