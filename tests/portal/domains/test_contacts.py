"""The four contacts of a domain in one form (domains.md 1 and 5)."""

import json
from datetime import timedelta
from typing import Any

import pytest

from commerce.domains.models import Domain, DomainChange
from commerce.kit import clock
from tests.make.browser import HttpsTestClient
from tests.make.people import AT, PASSWORD
from tests.make.records import make_domain
from tests.make.registrants import REGISTRANT
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import finish, form_of, open_change, read, text_of

ROLES = ("registrant", "admin", "tech", "billing")


def with_contacts(cast: PortalCast) -> Domain:
    """A domain whose four contacts are the same."""
    domain = make_domain(cast.client)
    Domain.objects.update(contacts=dict.fromkeys(ROLES, REGISTRANT))
    domain.refresh_from_db()
    return domain


def path_of(domain: Domain) -> str:
    return f"/client/domains/{domain.pk}/contacts"


def sent(web: HttpsTestClient, domain: Domain, **typed: str) -> Any:
    form = form_of(web, path_of(domain)) | {k.replace("__", "-"): v for k, v in typed.items()}
    return web.post(path_of(domain), form)


def test_a_new_registrant_goes_to_all_roles_that_follow_it(cast: PortalCast) -> None:
    domain, web = with_contacts(cast), cast.browse(cast.tess)
    form = form_of(web, path_of(domain))
    assert all(form[f"{role}-same"] == "on" for role in ROLES[1:])
    form |= {"registrant-first_name": "Zoë", "registrant-phone": "+44 20 7946 0000"}
    del form["tech-same"]
    form |= {"tech-company": "Machines Ltd"}
    assert web.post(path_of(domain), form).status_code == 303
    wanted = open_change(domain).wanted["contacts"]
    new = REGISTRANT | {"first_name": "Zoë", "phone": "+44.2079460000"}
    assert [wanted[role] for role in ("registrant", "admin", "billing")] == [new] * 3
    assert wanted["tech"] == REGISTRANT | {"company": "Machines Ltd"}
    page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert "may ask the old and the new registrant to confirm" in text_of(page)
    assert path_of(domain) not in page
    assert web.get(path_of(domain)).status_code == 303
    finish(domain)
    assert "Zoë Example" in read(web, f"/client/domains/{domain.pk}")


def test_a_contact_that_is_nobody_else_any_more_forgets_what_stood_in_its_fields(
    cast: PortalCast,
) -> None:
    domain, web = with_contacts(cast), cast.browse(cast.alice)
    answer = sent(web, domain, admin__email="no address", admin__phone="?", registrant__city="Oslo")
    assert answer.status_code == 303
    assert open_change(domain).wanted["contacts"]["admin"] == REGISTRANT | {"city": "Oslo"}


def test_a_phone_number_may_be_typed_in_digits_of_any_script(cast: PortalCast) -> None:
    domain, web = with_contacts(cast), cast.browse(cast.alice)
    assert sent(web, domain, registrant__phone="+٤٤ ٢٠٧٩٤٦").status_code == 303
    assert open_change(domain).wanted["contacts"]["registrant"]["phone"] == "+44.207946"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("phone", "030 1234"),
        ("phone", "+49"),
        ("email", "nobody"),
        ("city", ""),
        ("country", "XX"),
        ("first_name", "x" * 101),
        ("last_name", "\x07"),
    ],
)
def test_what_no_registry_takes_is_said_beside_its_field(
    cast: PortalCast, field: str, typed: str
) -> None:
    domain, web = with_contacts(cast), cast.browse(cast.alice)
    answer = sent(web, domain, **{f"registrant__{field}": typed})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="id_registrant-{field}_error"' in page
    assert "Nothing was saved." in text_of(page)
    assert DomainChange.objects.count() == 0


def test_untouched_it_changes_nothing(cast: PortalCast) -> None:
    domain, web = with_contacts(cast), cast.browse(cast.alice)
    assert sent(web, domain).status_code == 303
    assert DomainChange.objects.count() == 0
    assert "Nothing was changed." in read(web, f"/client/domains/{domain.pk}")


def test_a_domain_without_contacts_starts_with_the_client(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    form = form_of(web, path_of(domain))
    assert form["registrant-first_name"] == cast.client.first_name
    assert form["registrant-country"] == cast.client.country


def test_a_second_tab_is_asked_again(cast: PortalCast) -> None:
    domain, web = with_contacts(cast), cast.browse(cast.alice)
    form = form_of(web, path_of(domain)) | {"registrant-city": "Oslo"}
    other = REGISTRANT | {"city": "Rome"}
    Domain.objects.update(contacts=dict.fromkeys(ROLES, other))
    answer = web.post(path_of(domain), form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "were changed after you opened the page" in text_of(page)
    again = form | {"shown": json.dumps(dict.fromkeys(ROLES, other), sort_keys=True)}
    assert web.post(path_of(domain), again).status_code == 303
    assert open_change(domain).wanted["contacts"]["registrant"]["city"] == "Oslo"


def test_hostile_text_is_text(cast: PortalCast) -> None:
    domain, web = with_contacts(cast), cast.browse(cast.alice)
    sent(web, domain, registrant__company="<script>alert(1)</script>")
    finish(domain)
    page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_what_was_typed_comes_back_after_the_session_ended(cast: PortalCast) -> None:
    domain = with_contacts(cast)
    with clock.freeze_time(AT + timedelta(minutes=1)):
        web = cast.browse(cast.alice)
        form = form_of(web, path_of(domain)) | {"registrant-city": "Oslo"}
        del form["tech-same"]
        form["tech-company"] = "Machines Ltd"
    with clock.freeze_time(AT + timedelta(hours=3)):
        to = web.post(
            path_of(domain), form, headers={"referer": f"https://localhost{path_of(domain)}"}
        )
        assert to["Location"] == f"/client/login?next={path_of(domain)}"
        again = web.post("/client/login", {"email": cast.alice.email, "password": PASSWORD})
        assert again.status_code in (302, 303)
        back = form_of(web, path_of(domain))
    assert (back["registrant-city"], back["tech-company"]) == ("Oslo", "Machines Ltd")
    assert "tech-same" not in back
    assert back["admin-same"] == "on"
