"""What a person does at the checkout: fill the cart, read the page, send its form."""

from typing import Any

from commerce.catalog.models import Product
from tests.make.browser import HttpsTestClient
from tests.make.html_forms import form_values

ADDRESS = {"address1": "1 Main Street", "city": "Berlin", "postcode": "10115", "country": "DE"}
CONTACT = {
    "registrant-differs": "on",
    "registrant-first_name": "Rita",
    "registrant-last_name": "Holder",
    "registrant-email": "rita@example.com",
    "registrant-phone": "+49 30 1234",
    "registrant-address1": "2 Side Street",
    "registrant-postcode": "20095",
    "registrant-city": "Hamburg",
    "registrant-country": "DE",
}


def put(web: HttpsTestClient, product: Product, **over: str) -> Any:
    return web.post(f"/store/{product.slug}", {"billing_cycle": "monthly", "qty": "1"} | over)


def review(web: HttpsTestClient) -> str:
    return web.get("/checkout").content.decode()


def form(page: str) -> dict[str, str]:
    """What the page would send if nobody touched it."""
    return form_values(page, "checkout")


def ordered(web: HttpsTestClient, **over: str) -> Any:
    return web.post("/checkout", form(review(web)) | over)
