"""The setup assistant: what a new company needs, step by step, until a client can order and pay."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.backoffice.base.access import missing_permission, staff_context
from commerce.backoffice.base.context import staff_page
from commerce.backoffice.base.pages import Text, page_of
from commerce.backoffice.settings import setup_forms
from commerce.backoffice.settings.adapter_pages import gateway_facts
from commerce.backoffice.settings.setup_access import is_there, needed_for, steps_open_to
from commerce.catalog.models import Product
from commerce.first_setup.consumers import are_rights_proposed
from commerce.first_setup.missing import SetupStep, missing_parts
from commerce.kit.errors import BusinessError, PermissionDenied
from commerce.mail.mail_server import configured_mail_server
from commerce.payments.gateways.registry import get_gateway, offerable_slugs
from commerce.portal.base.redirects import see_other
from commerce.presentation.countries import country_name
from commerce.site_settings.current import business_date, get_setting

STEP_TITLES: dict[SetupStep, Text] = {
    SetupStep.COMPANY: _lazy("Company"),
    SetupStep.TAX: _lazy("Currency and tax"),
    SetupStep.PRODUCT: _lazy("First product"),
    SetupStep.PAYMENTS: _lazy("Payment methods"),
    SetupStep.MAIL: _lazy("Email"),
    SetupStep.DOMAINS: _lazy("Domains"),
    SetupStep.CONSUMERS: _lazy("Consumers"),
}
STEP_FORMS: dict[SetupStep, type[setup_forms.SetupForm]] = {
    SetupStep.COMPANY: setup_forms.CompanyForm,
    SetupStep.TAX: setup_forms.TaxForm,
    SetupStep.PRODUCT: setup_forms.ProductForm,
    SetupStep.PAYMENTS: setup_forms.PaymentsForm,
    SetupStep.MAIL: setup_forms.MailForm,
    SetupStep.DOMAINS: setup_forms.DomainsForm,
    SetupStep.CONSUMERS: setup_forms.ConsumersForm,
}


def _is_optional(step: SetupStep) -> bool:
    """Whether a client can order and pay all the same without it."""
    return step == SetupStep.DOMAINS or (step == SetupStep.CONSUMERS and are_rights_proposed())


def _steps(request: HttpRequest) -> list[dict[str, Any]]:
    """Each step that the person may take, with what is still missing of it."""
    missing = missing_parts(business_date(staff_context(request).at))
    return [
        {
            "step": step,
            "title": STEP_TITLES[step],
            "url": reverse("admin:setup_step", args=[step]),
            "missing": [part.text for part in missing if part.step == step],
            "is_optional": _is_optional(step),
        }
        for step in steps_open_to(request)
    ]


def setup_overview(request: HttpRequest) -> HttpResponseBase:
    """`/admin/setup`: the steps, and what is missing."""
    steps = _steps(request)
    context = {
        "title": _("Setup"),
        "steps": steps,
        "is_ready": not missing_parts(business_date(staff_context(request).at)),
        "next": next((step for step in steps if step["missing"]), None),
        "store_url": f"{settings.COMMERCE_URL}/store",
    }
    return staff_page(request, "backoffice/settings/setup.html", context)


def setup_step(request: HttpRequest, step: str) -> HttpResponseBase:
    """`/admin/setup/<step>`: its questions; kept, or skipped, the next step follows."""
    if step not in STEP_FORMS or not is_there(SetupStep(step)):
        raise Http404
    this = SetupStep(step)
    if this not in steps_open_to(request):
        raise PermissionDenied(missing_permission(request, needed_for(this)))
    typed = request.POST if request.method == "POST" else None
    form = STEP_FORMS[this](typed, ctx=staff_context(request))
    if form.is_valid() and _kept(form):
        messages.success(request, _("Saved."))
        return see_other(_after(request, this))
    context = {
        "title": STEP_TITLES[this],
        "step": this,
        "steps": _steps(request),
        "form": form,
        "skip_url": _after(request, this),
        **_more(this),
    }
    return staff_page(
        request, "backoffice/settings/setup_step.html", context, 422 if form.errors else 200
    )


def _kept(form: setup_forms.SetupForm) -> bool:
    try:
        with transaction.atomic():
            form.keep()
    except BusinessError as refused:
        field = refused.field if refused.field in form.fields else None
        form.add_error(field, _with_link(str(refused), form.found))
        return False
    return True


def _with_link(text: str, found: Model | None) -> str:
    """A refusal, and a link to the record that it is about."""
    return format_html('{} <a href="{}">{}</a>', text, page_of(found), found) if found else text


def _after(request: HttpRequest, step: SetupStep) -> str:
    """The page of the next step; the overview behind the last."""
    steps = steps_open_to(request)
    follows = steps[steps.index(step) + 1 :]
    return reverse("admin:setup_step", args=[follows[0]]) if follows else reverse("admin:setup")


def _more(step: SetupStep) -> dict[str, Any]:
    """What the page of a step shows besides its questions."""
    match step:
        case SetupStep.PRODUCT:
            return {"products": list(Product.objects.listed()[:10])}
        case SetupStep.PAYMENTS:
            return {"gateways": [gateway_facts(get_gateway(slug)) for slug in offerable_slugs()]}
        case SetupStep.MAIL:
            return {"mail_server": configured_mail_server()}
        case SetupStep.CONSUMERS:
            return {"country": country_name(get_setting("company.country"))}
    return {}
