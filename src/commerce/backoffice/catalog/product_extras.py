"""What a product has besides its prices: its image in the store, its welcome email, the template of its DNS zones."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button, act_form
from commerce.backoffice.base.forms import StaffForm
from commerce.catalog.actions.pictures import remove_product_picture, set_product_picture
from commerce.catalog.models import Product
from commerce.dns.actions.templates import own_template_text, save_product_template
from commerce.kit.context import Context
from commerce.kit.pictures import MAX_PICTURE_BYTES
from commerce.mail.mail_events import MAX_WELCOME_KEY, product_template_name
from commerce.mail.models import MailTemplate
from commerce.site_settings.current import get_setting

type Data = Mapping[str, Any]

_MANAGE = StaffPermission.PRODUCTS_MANAGE


class PictureForm(StaffForm):
    """A file, or no image any more."""

    picture = forms.FileField(
        label=_lazy("Image"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=_lazy("PNG, JPEG, or WebP of up to 2 MB. It's scaled to fit 800 × 500 pixels."),
    )
    remove = forms.BooleanField(label=_lazy("Remove the image"), required=False)

    def prepare(self) -> None:
        if not self.record.picture:
            del self.fields["remove"]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if not self.errors and bool(values.get("picture")) is bool(values.get("remove")):
            self.add_error("picture", _("Choose an image."))
        return values


def _picture(product: Product, data: Data, ctx: Context) -> str:
    if data.get("remove"):
        remove_product_picture(product=product, ctx=ctx)
        return _("Image removed.")
    content = data["picture"].read(MAX_PICTURE_BYTES + 1)
    set_product_picture(product=product, content=content, ctx=ctx)
    return _("Image saved. The store shows it.")


class ZoneTemplateForm(act_form(save_product_template)):  # type: ignore[misc]
    """A zone file with placeholders, as it is typed."""

    def prepare(self) -> None:
        super().prepare()
        looks = {"rows": 14, "class": "is-code", "spellcheck": "false"}
        self.fields["text"].widget.attrs.update(looks)


PICTURE = RecordAction(
    name="picture",
    label=_lazy("Image"),
    permission=_MANAGE,
    form=PictureForm,
    submit=_lazy("Save changes"),
    run=_picture,
)
ZONE_TEMPLATE = act_button(
    save_product_template, form=ZoneTemplateForm, depends_on=own_template_text
)


def _welcome_key(product: Product) -> str:
    """The key of its welcome email: the one that it has, else one made of its slug that no other email has."""
    if product.welcome_template:
        return product.welcome_template
    key = product.slug[:MAX_WELCOME_KEY].strip("-")
    if MailTemplate.objects.filter(event=product_template_name(key)).exists():
        end = f"-{product.pk}"
        key = f"{product.slug[: MAX_WELCOME_KEY - len(end)].strip('-')}{end}"
    return key


def welcome_mail_url(product: Product) -> str:
    """Where its welcome email is written, which it has once that is saved."""
    event = product_template_name(_welcome_key(product))
    url = reverse("admin:mail_template", args=[event, get_setting("locale.default")])
    return f"{url}?product={product.pk}"


WELCOME_MAIL = RecordAction(
    name="welcome-email",
    label=_lazy("Welcome email"),
    permission=StaffPermission.SETTINGS_MANAGE,
    leads_to=welcome_mail_url,
)
