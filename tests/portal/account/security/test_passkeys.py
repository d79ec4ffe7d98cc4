"""A passkey counts when a page of ours asked for it, in either area and at each ceremony (accounts.md 5 and 6).

With a device made in software: what no browser would say is said here.
"""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from pytest_django.fixtures import Settings

from commerce.accounts.models import User
from commerce.audit.models import AuditEntry
from commerce.portal.base.sign_in import webauthn
from tests.make.browser import make_browser
from tests.make.mails import link_to
from tests.make.passkeys import SoftwarePasskey
from tests.make.people import AT, PASSWORD, make_client
from tests.make.sign_in import ALICE, new_browser
from tests.make.staff import make_staff, staff_browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_still")]

ELSEWHERE: list[dict[str, Any]] = [
    {"origin": "https://customer17.localhost"},
    {"origin": "https://customer17.localhost:8443"},
    {"origin": "https://localhost"},
    {"origin": "https://localhost:9999"},
    {"origin": "http://localhost:8443"},
    {"origin": "HTTPS://LOCALHOST:8443"},
    {"origin": "https://localhost:8443/"},
    {"origin": "https://localhost:8443@localhost"},
    {"origin": None},
    {"origin": ["https://localhost:8443"]},
    {"crossOrigin": True},
    {"crossOrigin": "false"},
    {"crossOrigin": None},
    {"topOrigin": "https://customer17.localhost"},
]


def kept_passkey(user: User, web: Any, base: str) -> SoftwarePasskey:
    """A passkey that was made at our own page."""
    key = SoftwarePasskey(user)
    assert make_one(web, base, key).status_code in (200, 303)
    return key


def make_one(web: Any, base: str, key: SoftwarePasskey, **told: Any) -> Any:
    options = web.post(f"{base}/options").json()
    return web.post(base, {"name": "Laptop", "credential": key.made(options, **told)})


@pytest.fixture
def alice() -> User:
    make_client(owner=ALICE)
    return User.objects.with_email(ALICE).get()


def alices(user: User) -> SoftwarePasskey:
    return kept_passkey(user, make_browser(user), "/client/security/passkeys")


def sign_in(key: SoftwarePasskey, door: str = "/client", **told: Any) -> str:
    web = new_browser()
    options = web.post(f"{door}/login/passkey").json()
    answer = web.post(f"{door}/login/passkey", {"credential": key.shown(options, **told)})
    return str(answer["Location"])


def test_one_of_a_page_of_ours_signs_in(alice: User) -> None:
    key = alices(alice)
    assert sign_in(key) == "/client/dashboard"
    assert Authenticator.objects.get(type="webauthn").last_used_at == AT


@pytest.mark.parametrize("told", ELSEWHERE, ids=str)
def test_one_that_was_shown_elsewhere_does_not(alice: User, told: dict[str, Any]) -> None:
    key = alices(alice)
    assert sign_in(key, **told) == "/client/login"
    assert Authenticator.objects.get(type="webauthn").last_used_at is None
    assert sign_in(key) == "/client/dashboard"


@pytest.mark.parametrize("told", ELSEWHERE, ids=str)
def test_nor_at_the_staffs_door(told: dict[str, Any]) -> None:
    staff = make_staff()
    key = kept_passkey(staff.user, staff_browser(staff), "/admin/profile/passkeys")
    assert sign_in(key, "/admin", **told) == "/admin/login"
    assert sign_in(key, "/admin") == "/admin/dashboard"


@pytest.mark.parametrize("told", ELSEWHERE, ids=str)
def test_none_is_made_elsewhere(alice: User, told: dict[str, Any]) -> None:
    web, base = make_browser(alice), "/client/security/passkeys"
    assert make_one(web, base, SoftwarePasskey(alice), **told).status_code == 422
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("told", ELSEWHERE[:1], ids=str)
def test_nor_is_it_a_second_factor(alice: User, told: dict[str, Any]) -> None:
    key, web, page = alices(alice), new_browser(), "/client/two-factor-challenge"
    web.post("/client/login", {"email": ALICE, "password": PASSWORD})
    answer = web.post(page, {"credential": key.shown(web.post(f"{page}/passkey").json(), **told)})
    assert answer.status_code == 422
    answer = web.post(page, {"credential": key.shown(web.post(f"{page}/passkey").json())})
    assert answer["Location"] == "/client/dashboard"


@pytest.mark.parametrize("told", ELSEWHERE[:1], ids=str)
def test_nor_at_a_reset(alice: User, told: dict[str, Any]) -> None:
    key, web = alices(alice), new_browser()
    web.post("/client/forgot-password", {"email": ALICE})
    page = link_to(ALICE, "reset-password")
    form = {"password": "another sentence of mine"}
    credential = key.shown(web.post(f"{page}/passkey").json(), **told)
    assert web.post(page, form | {"credential": credential}).status_code == 422
    credential = key.shown(web.post(f"{page}/passkey").json())
    assert web.post(page, form | {"credential": credential}).status_code == 303
    assert Authenticator.objects.get(type="webauthn").last_used_at == AT


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://Billing.Example.com", "https://billing.example.com"),
        ("https://billing.example.com:443", "https://billing.example.com"),
        ("https://billing.example.com:8443", "https://billing.example.com:8443"),
    ],
)
def test_the_origin_is_written_as_browsers_write_it(
    settings: Settings, address: str, origin: str
) -> None:
    settings.COMMERCE_URL = address
    assert webauthn.site_origin() == origin


@pytest.mark.parametrize(
    ("first", "counts", "taken"),
    [
        (0, [0, 0], [True, True]),  # a device without a counter
        (0, [1, 2, 9], [True, True, True]),
        (0, [5, 5, 4, 0, 6], [True, False, False, False, True]),
        (7, [7, 6, 0, 8], [False, False, False, True]),  # counted since it was made
    ],
)
def test_a_counter_that_does_not_rise_is_a_copy(
    alice: User, first: int, counts: list[int], taken: list[bool]
) -> None:
    key = SoftwarePasskey(alice, sign_count=first)
    make_one(make_browser(alice), "/client/security/passkeys", key)
    for count, fine in zip(counts, taken, strict=True):
        key.sign_count = count
        assert (sign_in(key) == "/client/dashboard") is fine, count
    failed = AuditEntry.objects.filter(action="user.sign_in_failed")
    assert failed.count() == taken.count(False)


@pytest.mark.parametrize("answer", ["[" * 100_000, '{"a":' * 90_000, "[NaN]", '{"id": "\\ud800"}'])
@pytest.mark.parametrize("door", ["/client", "/admin"])
def test_an_answer_that_is_rubbish_is_refused(door: str, answer: str) -> None:
    """Whoever has no account sent one with 100,000 brackets, and got a server error each time."""
    web = make_browser()
    said = web.post(f"{door}/login/passkey", {"credential": answer})
    assert (said.status_code, said["Location"]) == (303, f"{door}/login")
