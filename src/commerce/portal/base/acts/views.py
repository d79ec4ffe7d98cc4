"""Pages of the portal made from acts: one press of a button on a record's page, or a form of its own."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts.models import Client
from commerce.db.acts import do_act
from commerce.kit.acts.act import Act, act_of, read_input
from commerce.kit.acts.inputs import Secret
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.fields import act_fields, given_values
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.password_confirmation import PasswordForm
from commerce.portal.base.redirects import SeeOtherRedirect, see_other

type View = Callable[..., HttpResponseBase]
type Rows = Callable[[Client], QuerySet[Any]]
type Page = str | Callable[[Any], str]
"""Where a record stands: the name of its route, or a function that gives the address."""


def press_view(
    action: Callable[..., Any],
    rows: Rows | None,
    page: Page,
    *,
    go_on: Callable[[Any], str] | None = None,
    limit: Callable[[Any], throttles.ThrottleLimit] | None = None,
) -> View:
    """A POST to a record of ``rows`` (its ``for_client``; None: to the client itself): does the act with what the
    button sends, and goes back to its ``page``, which says what came of it.

    ``go_on`` is where it leads instead once it is done, told the result; ``limit`` counts the tries of a record.
    """
    act = act_of(action)

    def pressed(request: ClientRequest, record: Any) -> HttpResponse:
        if limit is not None:
            throttles.count_attempt([limit(record)])
        try:
            result = _do(request, act, record, _pressed_values(act, record, request.POST))
        except PermissionDenied:
            raise
        except StateConflict as conflict:
            messages.info(request, str(conflict))
        except BusinessError as error:
            messages.error(request, str(error))
        else:
            return see_other(go_on(result)) if go_on else _to(page, record)
        return _to(page, record)

    return require_POST(act_page(action, rows, page)(pressed))


def form_view(
    action: Callable[..., Any],
    rows: Rows | None,
    page: Page,
    template: str,
    *,
    confirmed_by: type[PasswordForm] | None = None,
) -> View:
    """A page with a form for the act, which leads back to the record's ``page``. What was typed is there again after
    signing in anew, and no secret ever; the ``template`` has ``record``, ``form`` and ``back``.

    ``confirmed_by`` has the form ask for the person's own password, too.
    """
    act = act_of(action)
    kept = tuple(name for name, one in act.parameters.items() if not isinstance(one.input, Secret))

    def asked(request: ClientRequest, record: Any) -> HttpResponse:
        posted = request.POST if request.method == "POST" else None
        form = confirmed_by(request, posted) if confirmed_by else forms.Form(posted)
        form.fields = {**act_fields(act, record), **form.fields}
        if not form.is_bound:
            restored_forms.restore_form(form, request)
        elif form.is_valid():
            try:
                _do(request, act, record, given_values(act, record, form.cleaned_data))
            except PermissionDenied:
                raise
            except StateConflict as conflict:
                messages.info(request, str(conflict))
                return _to(page, record)
            except BusinessError as error:
                add_business_error(form, error)
            else:
                return _to(page, record)
        context = {"record": record, "form": form, "back": _to(page, record).url}
        return render(request, template, context, status=422 if form.is_bound else 200)

    view = sensitive_post_parameters("password")(act_page(action, rows, page)(asked))
    return require_http_methods(["GET", "HEAD", "POST"])(restored_forms.restores(names=kept)(view))


def _pressed_values(act: Act[Any], record: Any, posted: Mapping[str, Any]) -> dict[str, Any]:
    """What a button sends; it sends all that the act must have."""
    values = {}
    for name, one in act.parameters.items():
        if typed := posted.get(name, ""):
            values[name] = read_input(name, one.input.from_text, typed, record)
        elif one.is_required:
            raise BusinessError("input.missing", field=name)
    return values


def _do(request: ClientRequest, act: Act[Any], record: Any, values: dict[str, Any]) -> Any:
    """The act's result; the next page says what came of it."""
    result = do_act(act.action, record, values, member_context(request))
    messages.success(request, act.done_text(result, record, staff=False))
    return result


def _to(page: Page, record: Any) -> SeeOtherRedirect:
    return see_other(resolve_url(page, record.pk) if isinstance(page, str) else page(record))


def act_page(
    action: Callable[..., Any], rows: Rows | None, page: Page
) -> Callable[[Callable[..., HttpResponse]], View]:
    """For a view that is told the client's own record in place of its key, where it takes the act now; otherwise it
    leads to the record's ``page``, which says why not. While the client is suspended it is only read.
    """
    act = act_of(action)

    def decorate(view: Callable[..., HttpResponse]) -> View:
        @client_page(
            act.member,
            while_suspended=act.while_suspended,
            reveals=act.reveals,
            spends=act.spends,
        )
        @wraps(view)
        def for_record(request: ClientRequest, pk: int = 0) -> HttpResponse:
            client = request.acting.client
            record = rows(client).filter(pk=pk).first() if rows else client
            if record is None:
                assert rows is not None
                return other_client_404(request, rows, pk, act.member)
            if not (request.acting.is_active or act.while_suspended):
                return _to(page, record)
            if act.blocked and (reason := act.blocked(record, member_context(request))):
                messages.info(request, str(reason))
                return _to(page, record)
            return view(request, record)

        return for_record

    return decorate
