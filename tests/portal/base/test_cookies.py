"""The cookies of the portal, all of them."""

import pytest

from tests.make.sign_in import make_alice, new_browser, send_sign_in_form
from tests.portal.shop.test_cart import put, sold


@pytest.mark.django_db
def test_every_cookie_is_bound_to_this_host() -> None:
    """``__Host-``: a neighbour on a domain above cannot plant one, and plain HTTP neither."""
    make_alice()
    web = new_browser()
    put(web, sold())
    web.post("/language", {"language": "en"})
    web.post("/language", {"language": "xx"})
    kept = {**web.cookies}
    send_sign_in_form(web)
    kept |= web.cookies
    names = {f"__Host-commerce_{part}" for part in ("client", "csrf", "cart", "language", "device")}
    assert set(kept) == names | {"__Host-commerce_messages"}
    for cookie in [*kept.values(), *web.cookies.values()]:
        assert (cookie["path"], cookie["domain"], cookie["samesite"]) == ("/", "", "Lax")
        assert cookie["secure"]
