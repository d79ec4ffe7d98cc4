"""`/client/data`: export of a client's own data, and their erasure (accounts.md 10)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from commerce.accounts.actions.mfa import consume_code
from commerce.accounts.data_export.actions import (
    record_data_export_download,
    request_data_export,
)
from commerce.accounts.data_export.rules import ExportStatus
from commerce.accounts.erasure.actions.requests import (
    request_erasure,
    request_erasure_blocked_reason,
    withdraw_erasure,
)
from commerce.accounts.erasure.hooks import erasure_blockers
from commerce.accounts.erasure.rules import ErasureBlocker, first_erasure_day
from commerce.accounts.labels import ERASURE_BLOCKER_LABELS
from commerce.accounts.mfa import has_factor
from commerce.accounts.models import Client, DataExport, Erasure
from commerce.kit import clock
from commerce.kit.acts.act import act_of
from commerce.kit.errors import BusinessError
from commerce.portal.base.access import ClientRequest, client_page, member_context
from commerce.portal.base.acts.views import form_view, press_view
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.limits.work_limits import makes_a_file
from commerce.portal.base.missing_records import other_client_404
from commerce.portal.base.password_confirmation import PasswordForm
from commerce.portal.base.redirects import see_other
from commerce.portal.base.security.forms import RemoveLastFactorForm
from commerce.portal.base.sign_in import login
from commerce.presentation.labels import Text
from commerce.site_settings.current import business_date

DATA_RIGHT = "data.export"

BLOCKERS_SHOWN = 5
"""Records of each kind that the page names; the others are counted."""

BLOCKER_PAGES: dict[str, tuple[str, str]] = {
    "service": ("portal:service", "portal:services"),
    "domain": ("portal:domain", "portal:domains"),
    "invoice": ("portal:invoice", "portal:invoices"),
    "credit": ("", "portal:credit"),
    "payment": ("", "portal:invoices"),
    "attempt": ("", "portal:invoices"),
    "refund": ("", "portal:invoices"),
    "dispute": ("", "portal:invoices"),
}
"""What stands in the way of erasure: the page of one, and the page of all."""


@dataclass(frozen=True, slots=True)
class BlockerLink:
    """One record that stands in the way, as the page says it; ``more``: so many others of its kind."""

    words: Text
    name: str
    url: str
    more: int = 0


class EraseDataForm(RemoveLastFactorForm):
    """Asking for erasure: with the password and a second factor."""


def _links(blockers: Iterable[ErasureBlocker]) -> list[BlockerLink]:
    found = list(blockers)
    number, seen = Counter(each.kind for each in found), Counter[str]()
    links = []
    for blocker in found:
        seen[blocker.kind] += 1
        if seen[blocker.kind] > BLOCKERS_SHOWN:
            continue
        words = ERASURE_BLOCKER_LABELS[blocker.kind]
        one, all_of_them = BLOCKER_PAGES[blocker.kind]
        url = reverse(one, args=[blocker.record_id]) if one else reverse(all_of_them)
        is_last = seen[blocker.kind] == BLOCKERS_SHOWN
        more = number[blocker.kind] - BLOCKERS_SHOWN if is_last else 0
        links.append(BlockerLink(words, blocker.name, url, more))
    return links


@require_safe
@client_page(DATA_RIGHT)
def client_data(request: ClientRequest) -> HttpResponse:
    """Exports that can be downloaded; whether erasure was asked for, or what stands in its way."""
    client = request.acting.client
    exports = DataExport.objects.for_client(client).exclude(status=ExportStatus.EXPIRED)
    context = {
        "exports": exports.newest_first(),
        "erasure": Erasure.objects.for_client(client).open().first(),
        "blockers": _links(erasure_blockers(client)),
        "has_factor": has_factor(request.acting.user),
    }
    return render(request, "portal/account/client_data.html", context)


def _data_page(_client: Client) -> str:
    return reverse("portal:client_data")


export_data = form_view(
    request_data_export,
    None,
    _data_page,
    "portal/account/export_data.html",
    confirmed_by=PasswordForm,
)
keep_data = press_view(withdraw_erasure, None, _data_page)
"""Withdraw the request for erasure."""


@require_safe
@client_page(DATA_RIGHT)
@makes_a_file
def data_export(request: ClientRequest, pk: int) -> HttpResponse:
    """The ZIP file of an export, while it is kept."""
    rows = DataExport.objects.for_client(request.acting.client).defer(None)
    export = rows.filter(pk=pk, status=ExportStatus.READY, expires_at__gt=clock.now()).first()
    if export is None:
        return other_client_404(request, DataExport.objects.for_client, pk, DATA_RIGHT)
    record_data_export_download(export=export, ctx=member_context(request))
    response = HttpResponse(bytes(export.content or b""), content_type="application/zip")
    day = business_date(export.requested_at)
    response["Content-Disposition"] = f'attachment; filename="data-{day}.zip"'
    response["Cache-Control"] = "no-store"
    return response


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@client_page(act_of(request_erasure).member, while_suspended=True)
def erase_data(request: ClientRequest) -> HttpResponse:
    """Ask for erasure, with password and second factor; a suspended client may."""
    client = request.acting.client
    if not has_factor(request.acting.user) or request_erasure_blocked_reason(
        client, member_context(request)
    ):
        return see_other("portal:client_data")
    form = EraseDataForm(request, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and (made := _requested(request, form)):
        messages.success(request, act_of(request_erasure).done_text(made, client, staff=False))
        return see_other("portal:client_data")
    context = {"form": form, "day": first_erasure_day(business_date(clock.now()))}
    status = 422 if form.is_bound else 200
    return render(request, "portal/account/erase_data.html", context, status=status)


def _requested(request: ClientRequest, form: EraseDataForm) -> Erasure | None:
    ctx = member_context(request)
    attempt = login.count_sign_in_guess(request, "factor", request.acting.user.email)
    code = form.cleaned_data["code"]
    try:
        if consume_code(user=request.acting.user, code=code, ctx=ctx) is None:
            raise BusinessError("authenticator.code_wrong", field="code")
        attempt.succeeded()
        return request_erasure(client=request.acting.client, ctx=ctx)
    except BusinessError as error:
        add_business_error(form, error)
        return None
