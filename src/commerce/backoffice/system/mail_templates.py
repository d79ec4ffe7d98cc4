"""What emails say: the shipped words, and staff's own in their place (notifications.md 4)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import pgettext_lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.access import may, signed_in_staff, staff_context
from commerce.backoffice.base.context import staff_page
from commerce.backoffice.base.forms import StaffForm
from commerce.backoffice.catalog.product_extras import welcome_mail_url
from commerce.backoffice.lists.filters import is_record_number
from commerce.backoffice.system.mail_words import EVENT_LABELS
from commerce.catalog.actions.product_settings import change_product
from commerce.catalog.models import Product
from commerce.catalog.rules import ProductStatus
from commerce.kit.errors import BusinessError
from commerce.kit.json_log import redact
from commerce.mail.actions.templates import (
    check_template,
    reset_template,
    set_template,
    template_version,
)
from commerce.mail.delivery import render_sample, send_sample_mail
from commerce.mail.mail_events import MAIL_EVENTS, mail_event_of_template
from commerce.mail.models import MailTemplate
from commerce.mail.rendering import TemplateSource, template_for
from commerce.portal.base.form_fields import LineField, MultilineField
from commerce.portal.base.middleware.requests import content_security_policy
from commerce.portal.base.redirects import see_other
from commerce.presentation.labels import Text

GROUP_LABELS = {
    "security": pgettext_lazy("emails", "Security"),
    "billing": pgettext_lazy("emails", "Billing"),
    "services": pgettext_lazy("emails", "Services"),
    "domains": pgettext_lazy("emails", "Domains"),
    "staff": pgettext_lazy("emails", "Staff"),
}


@dataclass(frozen=True, slots=True)
class ShownTemplate:
    """An event of the list, with the languages in which staff wrote its email anew."""

    event: str
    about: Text
    subject: str
    changed: list[str]


def template_list(request: HttpRequest) -> HttpResponseBase:
    """`/admin/mail-templates`: every event, and the welcome emails of products; ``?product=7`` leads to that of one."""
    if product := _product_named(request):
        return see_other(welcome_mail_url(product))
    changed: dict[str, list[str]] = {}
    for event, locale in MailTemplate.objects.order_by("locale").values_list("event", "locale"):
        changed.setdefault(event, []).append(locale)
    groups: dict[str, list[ShownTemplate]] = {group: [] for group in GROUP_LABELS}
    for event in [*MAIL_EVENTS, *sorted(changed.keys() - MAIL_EVENTS.keys())]:
        kind, words = mail_event_of_template(event), template_for(event, "en")
        if kind is not None:
            subject = words.subject if words else ""
            about = EVENT_LABELS.get(event, event)
            shown = ShownTemplate(event, about, subject, changed.get(event, []))
            groups[kind.group].append(shown)
    context = {
        "title": _("Email templates"),
        "groups": [(GROUP_LABELS[group], rows) for group, rows in groups.items() if rows],
        "locales": settings.LANGUAGES,
        "products": list(_products_without_welcome(request)),
    }
    return staff_page(request, "backoffice/system/mail_templates.html", context)


def _products_without_welcome(request: HttpRequest) -> Iterator[Product]:
    """Those for which the person may write a welcome email of their own."""
    if may(request, (StaffPermission.SETTINGS_MANAGE, StaffPermission.PRODUCTS_MANAGE)):
        own = Product.objects.exclude(status=ProductStatus.RETIRED).filter(welcome_template="")
        yield from own.order_by("name", "pk")


def _product_named(request: HttpRequest, event: str = "") -> Product | None:
    """The product that the address says, for who may change it; none where ``event`` is not a welcome email."""
    typed = request.GET.get("product", "")
    if event and ":" not in event:
        return None
    if not (is_record_number(typed) and may(request, StaffPermission.PRODUCTS_MANAGE)):
        return None
    return Product.objects.filter(pk=int(typed)).first()


class TemplateForm(StaffForm):
    """The words of an email in one language."""

    subject = LineField(label=_lazy("Subject"), max_length=300)
    text = MultilineField(
        label=_lazy("Text"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 16, "class": "is-code"}),
        help_text=_lazy(
            "{name} is replaced by a value; {#name}…{/name} shows only if there is one, and repeats for lists."
        ),
    )
    html = MultilineField(
        label=_lazy("HTML"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 6, "class": "is-code"}),
        help_text=_lazy("If empty, it's made from the text."),
    )
    active = forms.BooleanField(
        label=_lazy("Send this email"),
        required=False,
        help_text=_lazy("If off, nobody gets emails about this event."),
    )

    def source(self) -> TemplateSource:
        """What was typed."""
        values = self.cleaned_data
        return TemplateSource(values["subject"], values["text"], values["html"])


def _known(event: str, locale: str) -> TemplateSource:
    """What the email says now; 404 for an event or a language that there is not."""
    known = mail_event_of_template(event) and locale in dict(settings.LANGUAGES)
    found = template_for(event, locale) or template_for(event.partition(":")[0], locale)
    if not known or found is None:
        raise Http404
    return found


def template_page(request: HttpRequest, event: str, locale: str) -> HttpResponseBase:
    """`/admin/mail-templates/<event>/<locale>`: read, change, reset, and send to oneself."""
    words = _known(event, locale)
    if request.method != "POST":
        initial = {"subject": words.subject, "text": words.text, "html": words.html}
        form = TemplateForm(initial={**initial, "active": words.active})
        return _page(request, event, locale, form)
    if "reset" in request.POST:
        return _reset(request, event, locale)
    form = TemplateForm(request.POST)
    if not _is_right(form, event):
        return _page(request, event, locale, form, 422)
    if "test" in request.POST:
        _send_test(request, event, locale, form.source())
        return _page(request, event, locale, form)
    product, said = _product_named(request, event), _("Template saved.")
    try:
        with transaction.atomic():
            ctx = staff_context(request)
            version = request.POST.get("version", "")
            set_template(event=event, locale=locale, **form.cleaned_data, version=version, ctx=ctx)
            if product and product.welcome_template != (key := event.partition(":")[2]):
                change_product(product=product, welcome_template=key, ctx=ctx)
                text = _("Template saved. It's now the welcome email of %(product)s.")
                said = text % {"product": product.name}
    except BusinessError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return _page(request, event, locale, form, 409)
    messages.success(request, said)
    return see_other(request.path)


def _is_right(form: TemplateForm, event: str) -> bool:
    """Whether what was typed can be an email of this event; otherwise the form says why not."""
    if not form.is_valid():
        return False
    words = form.source()
    try:
        check_template(event=event, subject=words.subject, html=words.html, text=words.text)
    except BusinessError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return False
    return True


def _reset(request: HttpRequest, event: str, locale: str) -> HttpResponseBase:
    try:
        reset_template(event=event, locale=locale, ctx=staff_context(request))
    except BusinessError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Template reset to the default."))
    return see_other(reverse("admin:mail_templates") if ":" in event else request.path)


def _send_test(request: HttpRequest, event: str, locale: str, words: TemplateSource) -> None:
    to = str(signed_in_staff(request))
    try:
        send_sample_mail(event=event, to=to, locale=locale, template=words)
    except (OSError, ValueError) as problem:
        text = _("The test email wasn't sent: %(problem)s")
        messages.error(request, text % {"problem": redact(str(problem))})
    else:
        messages.success(request, _("Sent a test email to %(email)s.") % {"email": to})


def template_preview(request: HttpRequest, event: str, locale: str) -> HttpResponseBase:
    """`/admin/mail-templates/<event>/<locale>/preview`: what was typed, with made-up values, for the page's frame."""
    words = _known(event, locale)
    problem = ""
    if request.method == "POST":
        form = TemplateForm(request.POST)
        if _is_right(form, event):
            words = form.source()
        else:
            problem = " ".join(str(error) for errors in form.errors.values() for error in errors)
    if problem:
        response = HttpResponse(problem, content_type="text/plain; charset=utf-8", status=422)
    else:
        response = HttpResponse(render_sample(event, locale, words).html)
    response["Content-Security-Policy"] = _PREVIEW_POLICY
    return response


_PREVIEW_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""Of a page that shows what staff typed: it runs nothing and loads nothing."""


def _page(
    request: HttpRequest, event: str, locale: str, form: TemplateForm, status: int = 200
) -> HttpResponseBase:
    keep_version = (
        request.method == "POST" and status != 409
    )  # of the words that the person has seen
    kind = mail_event_of_template(event)
    assert kind is not None
    context: dict[str, Any] = {
        "title": event,
        "event": event,
        "product": (product := _product_named(request, event)),
        "query": f"?product={product.pk}" if product else "",
        "locale": locale,
        "locales": settings.LANGUAGES,
        "form": form,
        "version": request.POST.get("version") if keep_version else template_version(event, locale),
        "names": kind.variable_names(),
        "is_changed": MailTemplate.objects.filter(event=event, locale=locale).exists(),
        "may_change": may(request, StaffPermission.SETTINGS_MANAGE),
    }
    response = staff_page(request, "backoffice/system/mail_template.html", context, status)
    response["Content-Security-Policy"] = content_security_policy(others={"frame-src": ["'self'"]})
    return response
