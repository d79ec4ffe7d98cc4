"""Another address to sign in with, in either area: it counts once its link was opened (accounts.md 5)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from commerce.accounts.actions.email_changes import cancel_email_change, pending_email
from commerce.accounts.actions.users import request_email_change
from commerce.kit.errors import BusinessError
from commerce.portal.base import restored_forms, throttles
from commerce.portal.base.access import OwnPageRequest, member_context, own_page
from commerce.portal.base.redirects import see_other
from commerce.portal.base.security.forms import ChangeEmailForm
from commerce.portal.base.sign_in.areas import sign_in_area_of


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@own_page
@restored_forms.restores(ChangeEmailForm)
def own_email(request: OwnPageRequest) -> HttpResponse:
    """`/admin/profile/email`: the form on a page of its own, and the change that waits for its link."""
    form = ChangeEmailForm(request, request.POST if request.method == "POST" else None)
    if not form.is_bound:
        restored_forms.restore_form(form, request)
    elif form.is_valid() and email_change_asked(request, form):
        return see_other(sign_in_area_of(request).url("own_email"))
    context = {"form": form, "pending_email": pending_email(request.user)}
    status = 422 if form.is_bound else 200
    return render(request, "portal/base/security/own_email.html", context, status=status)


def email_change_asked(request: OwnPageRequest, form: ChangeEmailForm) -> bool:
    """Whether a valid form asked for another address: links are mailed to both then, and the person is told."""
    email, user = form.cleaned_data["email"], request.user
    throttles.count_attempt([throttles.ThrottleLimit(f"email-change:{user.pk}", 5, 3600)])
    try:
        with throttles.first_time_within(
            f"mailed-verify:{throttles.person_key(email)}", 60
        ) as is_first:
            if not is_first:
                form.add_error("email", throttles.JUST_MAILED_MESSAGE)
                return False
            request_email_change(
                user=user,
                email=email,
                for_staff=sign_in_area_of(request).is_staff,
                ctx=member_context(request),
            )
    except BusinessError as error:
        form.add_error("email" if error.field else None, str(error))
        return False
    text = _(
        "We sent a link to %(email)s. Open it to finish the change. Until then, your current email still works."
    )
    messages.success(request, text % {"email": email})
    return True


@require_POST
@own_page
def drop_email_change(request: OwnPageRequest) -> HttpResponse:
    """Keep the present address after all."""
    cancel_email_change(user=request.user, ctx=member_context(request))
    messages.success(request, _("Your sign-in email stays the same."))
    area = sign_in_area_of(request)
    return see_other(area.url("own_email" if area.is_staff else "security"))
