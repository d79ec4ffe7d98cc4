"""The image of a product, the template of its DNS zones, and TLDs that are switched together."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from commerce.backoffice.catalog.product_extras import welcome_mail_url
from commerce.catalog.models import ProductPicture
from commerce.dns.models import ZoneTemplate
from commerce.domains.actions.tlds import set_tld
from commerce.domains.models import Tld
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import MailTemplate
from tests import make
from tests.make.browser import HttpsTestClient
from tests.make.nameservers import give_nameservers
from tests.make.pictures import png
from tests.make.staff import make_staff, staff_browser
from tests.make.staff_pages import open_form, send
from tests.make.zones import turn_zones_on

pytestmark = pytest.mark.django_db


def upload(web: HttpsTestClient, path: str, content: bytes) -> Any:
    file = SimpleUploadedFile("shop.png", content, "image/png")
    return web.post(path, open_form(web, path) | {"picture": file})


def test_a_product_gets_an_image_that_is_drawn_anew_and_loses_it(web: HttpsTestClient) -> None:
    product = make.make_product()
    path = f"/admin/products/{product.pk}/picture"
    assert upload(web, path, b"no picture").status_code == 422
    assert send(web, path).context["form"].errors["picture"]
    assert upload(web, path, png(900, 100)).status_code == 303
    product.refresh_from_db()
    assert ProductPicture.objects.get().pk == product.picture
    assert "800x" in product.picture  # scaled, so not the file that came
    send(web, path, remove="on")
    product.refresh_from_db()
    assert (product.picture, ProductPicture.objects.exists()) == ("", False)
    assert staff_browser(make_staff("billing")).post(path).status_code == 403


def test_a_product_has_a_template_of_its_own_for_zones(web: HttpsTestClient) -> None:
    product = make.make_product()
    path = f"/admin/products/{product.pk}/zone-template"
    assert web.post(path).status_code == 409  # no DNS server
    turn_zones_on()
    assert send(web, path, text="@ NS\n").status_code == 422
    text = "@ 3600 IN NS {nameserver}\nwww 3600 IN A 192.0.2.1\n"
    send(web, path, text=text)
    assert ZoneTemplate.objects.get(product=product).text.strip() == text.strip()
    first, second = open_form(web, path), open_form(web, path)
    assert web.post(path, first | {"text": text + "a 3600 IN A 192.0.2.1\n"}).status_code == 303
    assert web.post(path, second | {"text": text}).status_code != 303  # it would undo the first
    assert "a 3600" in ZoneTemplate.objects.get(product=product).text
    send(web, path, text="")
    assert not ZoneTemplate.objects.exists()


def test_a_welcome_email_of_a_product_is_written_from_its_page_and_chosen(
    web: HttpsTestClient,
) -> None:
    product = make.make_product()
    product.slug = "managed-wordpress-xl-2026"
    product.save()
    page = f"/admin/products/{product.pk}"
    own = "/admin/mail-templates/service_activated:managed-wordpress-xl/en"
    own += f"?product={product.pk}"
    assert [one.url for one in web.get(page).context["shown_actions"]].count(own) == 1
    chosen = web.get("/admin/mail-templates", {"product": product.pk})
    assert chosen.headers["Location"] == own
    words = open_form(web, own) | {"subject": "Your site is ready", "text": "Hello"}
    assert web.post(own, words).status_code == 303
    product.refresh_from_db()
    assert product.welcome_template == "managed-wordpress-xl"
    assert web.get("/admin/mail-templates").context["products"] == []


def test_two_products_whose_slugs_begin_alike_have_each_a_welcome_email(
    web: HttpsTestClient,
) -> None:
    first, second = make.make_product(), make.make_product()
    for product in (first, second):
        product.slug = f"managed-wordpress-xl-{product.pk}"
        product.save()
        own = welcome_mail_url(product)
        assert web.post(own, open_form(web, own) | {"subject": product.slug}).status_code == 303
    subjects = MailTemplate.objects.values_list("subject", flat=True)
    assert sorted(subjects) == sorted([first.slug, second.slug])


def test_a_product_takes_a_server_group_that_there_is(web: HttpsTestClient) -> None:
    product = make.make_product()
    make.make_server(group="eu-ssd")
    path = f"/admin/products/{product.pk}/edit"
    refused = send(web, path, server_group="eu-sdd", position="0")
    assert list(refused.context["form"].errors) == ["server_group"]
    send(web, path, server_group="eu-ssd", position="0")
    product.refresh_from_db()
    assert product.server_group == "eu-ssd"


def test_many_tlds_are_taken_out_of_sale_at_once_or_none(web: HttpsTestClient) -> None:
    give_nameservers()
    for tld in ("com", "net", "org"):
        set_tld(tld=tld, ctx=Context(make.AT, SYSTEM))
    path = "/admin/tlds/switch"
    assert send(web, path, tlds="com nothing", on_sale=None).status_code == 422
    assert Tld.objects.filter(is_active=True).count() == 3
    send(web, path, tlds=".com\nNET", on_sale=None)
    assert [one.tld for one in Tld.objects.filter(is_active=True)] == ["org"]
