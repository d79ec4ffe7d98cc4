"""`/client/security/two-factor` and `/client/security/passkeys`: factors come, go, get other names (accounts.md 6)."""

from base64 import b64encode
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts.actions import mfa
from commerce.accounts.actions.mfa import add_passkey, add_totp, new_recovery_codes
from commerce.accounts.mfa import factor_name, primary_factors, recovery_codes_left
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.portal.base import restored_forms
from commerce.portal.base.access import OwnPageRequest, member_context, own_page
from commerce.portal.base.form_fields import add_business_error
from commerce.portal.base.missing_records import was_already_done
from commerce.portal.base.password_confirmation import PasswordForm
from commerce.portal.base.redirects import see_other
from commerce.portal.base.security.forms import (
    PasskeyForm,
    RecoveryCodesForm,
    RemoveFactorForm,
    RemoveLastFactorForm,
    RenamePasskeyForm,
    TotpForm,
)
from commerce.portal.base.sign_in import login, webauthn
from commerce.portal.base.sign_in.areas import sign_in_area_of
from commerce.site_settings.current import get_setting


def _context(request: OwnPageRequest) -> Context:
    return member_context(request)


def _codes_page(
    request: OwnPageRequest, codes: list[str], text: str, *, leads_to: str = ""
) -> HttpResponse:
    """The recovery codes, in this one reply, and the way on from them."""
    shown, brand = [f"{code[:5]} {code[5:]}" for code in codes], get_setting("branding.name")
    context = {
        "codes": shown,
        "leads_to": leads_to or sign_in_area_of(request).url("two_factor"),
        "text": text,
        "file": _text_file(_codes_file(request.user.email, shown, brand)),
        "file_name": f"{slugify(brand)}-recovery-codes.txt".lstrip("-"),
    }
    response = render(request, "portal/base/security/recovery_codes.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _codes_file(email: str, codes: list[str], brand: str) -> str:
    """What a person finds a year later: for what these are, and whose."""
    head = _("Recovery codes for %(brand)s, %(email)s. Each works once.")
    return "\n".join([head % {"brand": brand, "email": email}, "", *codes, ""])


def _text_file(text: str) -> str:
    """An address that holds the text itself: the codes are in this one reply, and nothing fetches them again."""
    return f"data:text/plain;charset=utf-8;base64,{b64encode(text.encode()).decode()}"


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def two_factor(request: OwnPageRequest) -> HttpResponse:
    """The authenticator app and the recovery codes: as they are, or the way to set them up."""
    if request.method != "POST":
        return _two_factor_page(request, TotpForm(request))
    form = TotpForm(request, request.POST)
    if not form.is_valid():
        return _two_factor_page(request, form, 422)
    attempt = login.count_sign_in_guess(request, "factor", request.user.email)
    code, key = form.cleaned_data["code"], request.session.session_key
    try:
        codes = add_totp(
            secret=form.secret,
            code=code,
            keep_session=key,
            user=request.user,
            ctx=_context(request),
        )
    except StateConflict as conflict:
        attempt.succeeded()
        messages.info(request, str(conflict))
        return see_other(sign_in_area_of(request).url("two_factor"))
    except BusinessError as error:
        add_business_error(form, error)
        return _two_factor_page(request, form, 422)
    attempt.succeeded()
    text = _("Two-factor authentication is on. You'll enter a code from your app when you sign in.")
    area = sign_in_area_of(request)
    if codes:  # staff cannot do anything else before: on to their work
        return _codes_page(request, codes, text, leads_to=area.home if area.is_staff else "")
    messages.success(request, text)
    return see_other(area.url("two_factor"))


def _two_factor_page(request: OwnPageRequest, form: TotpForm, status: int = 200) -> HttpResponse:
    user = request.user
    factors = primary_factors(user)
    app = next((factor for factor in factors if factor.type == Authenticator.Type.TOTP), None)
    context: dict[str, Any] = {
        "app": app,
        "form": form,
        "has_factor": bool(factors),
        "codes_left": recovery_codes_left(user),
        "few": login.FEW_RECOVERY_CODES,
    }
    if app is None:
        adapter = get_adapter()
        drawing = adapter.build_totp_svg(adapter.build_totp_url(user, form.secret))
        context["drawing"] = f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"
        context["key"] = " ".join(form.secret[i : i + 4] for i in range(0, len(form.secret), 4))
    return render(request, "portal/base/security/two_factor.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def recovery_codes(request: OwnPageRequest) -> HttpResponse:
    """`/client/security/two-factor/codes`: new recovery codes; asks for the password every time."""
    user = request.user
    kept = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    start = {"instead_of": kept.pk if kept else 0}
    form = RecoveryCodesForm(
        request, request.POST if request.method == "POST" else None, initial=start
    )
    if form.is_bound and form.is_valid():
        former, key = form.cleaned_data["instead_of"], request.session.session_key
        try:
            codes = new_recovery_codes(
                replaced_id=former,
                keep_session=key,
                user=request.user,
                ctx=_context(request),
            )
        except BusinessError as error:
            messages.info(request, str(error))
            return see_other(sign_in_area_of(request).url("two_factor"))
        return _codes_page(
            request, codes, _("New recovery codes generated. Your old codes no longer work.")
        )
    context = {"form": form, "codes_left": recovery_codes_left(user)}
    status = 422 if form.is_bound else 200
    return render(request, "portal/base/security/new_recovery_codes.html", context, status=status)


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@own_page
@restored_forms.restores(PasskeyForm)
def passkeys(request: OwnPageRequest) -> HttpResponse:
    """The passkeys with their last use, and the form for a new one."""
    if request.method != "POST":
        return _passkeys_page(request, restored_forms.restore_form(PasskeyForm(request), request))
    form = PasskeyForm(request, request.POST)
    if not form.is_valid():
        return _passkeys_page(request, form, 422)
    credential = webauthn.verify_new_passkey(form.cleaned_data["credential"])
    if credential is None:
        form.add_error(None, _("The passkey couldn't be added. Try again, or use another device."))
        return _passkeys_page(request, form, 422)
    name, key = form.cleaned_data["name"], request.session.session_key
    try:
        codes = add_passkey(
            name=name,
            credential=credential,
            keep_session=key,
            user=request.user,
            ctx=_context(request),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return _passkeys_page(request, form, 422)
    text = _("Passkey added. You can use it to sign in without a password or code.")
    if codes:
        return _codes_page(request, codes, text)
    messages.success(request, text)
    return see_other(sign_in_area_of(request).url("passkeys"))


def _passkeys_page(request: OwnPageRequest, form: PasskeyForm, status: int = 200) -> HttpResponse:
    keys = [f for f in primary_factors(request.user) if f.type == "webauthn"]
    named = [{"factor": factor, "name": factor_name(factor)} for factor in keys]
    context = {"passkeys": named, "form": form}
    return render(request, "portal/base/security/passkeys.html", context, status=status)


@require_POST
@own_page
def passkey_options(request: OwnPageRequest) -> HttpResponse:
    """`/client/security/passkeys/options`: what the browser has to make."""
    return webauthn.passkey_creation_options(request.user)


@require_http_methods(["GET", "HEAD", "POST"])
@own_page
@restored_forms.restores(RenamePasskeyForm)
def rename_passkey(request: OwnPageRequest, pk: int) -> HttpResponse:
    """`/client/security/passkeys/{id}/rename`: another name."""
    factor = _own(request, pk)
    if factor.type != Authenticator.Type.WEBAUTHN:
        raise Http404
    start = {"name": factor_name(factor)}
    form = RenamePasskeyForm(request.POST if request.method == "POST" else None, initial=start)
    if not form.is_bound:
        restored_forms.restore_form(form, request)
    elif form.is_valid():
        name = form.cleaned_data["name"]
        mfa.rename_passkey(
            user=request.user,
            factor_id=pk,
            name=name,
            ctx=_context(request),
        )
        messages.success(request, _("Passkey renamed to %(name)s.") % {"name": name})
        return see_other(sign_in_area_of(request).url("passkeys"))
    status = 422 if form.is_bound else 200
    return render(
        request, "portal/base/security/rename_passkey.html", {"form": form}, status=status
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@own_page
def remove_factor(request: OwnPageRequest, pk: int) -> HttpResponse:
    """`/client/security/two-factor/{id}/remove`: take a factor away; the last one asks for password and code."""
    if request.method == "POST" and was_already_done(request.user, "factor.removed", factor=pk):
        messages.info(request, _("This sign-in method has already been removed."))
        return see_other(sign_in_area_of(request).url("security"))
    factor = _own(request, pk)
    is_last = len(primary_factors(request.user)) == 1
    kind = RemoveLastFactorForm if is_last else RemoveFactorForm
    form = kind(request, request.POST if request.method == "POST" else None)
    back = "two_factor" if factor.type == Authenticator.Type.TOTP else "passkeys"
    if form.is_bound and form.is_valid() and _removed(request, form, pk):
        messages.success(request, _("Removed. You were signed out of all other sessions."))
        return see_other(sign_in_area_of(request).url(back))
    context = {
        "form": form,
        "name": factor_name(factor),
        "is_app": factor.type == Authenticator.Type.TOTP,
        "is_last": is_last,
        "back": back,
    }
    status = 422 if form.is_bound else 200
    return render(request, "portal/base/security/remove_factor.html", context, status=status)


def _removed(request: OwnPageRequest, form: PasswordForm, pk: int) -> bool:
    code, key = form.cleaned_data.get("code", ""), request.session.session_key
    attempt = login.count_sign_in_guess(request, "factor", request.user.email)
    try:
        mfa.remove_factor(
            factor_id=pk,
            code=code,
            keep_session=key,
            user=request.user,
            ctx=_context(request),
        )
    except BusinessError as error:
        add_business_error(form, error)
        return False
    attempt.succeeded()
    return True


def _own(request: OwnPageRequest, pk: int) -> Authenticator:
    for factor in primary_factors(request.user):
        if factor.pk == pk:
            return factor
    raise Http404
