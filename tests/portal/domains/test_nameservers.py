"""The nameservers of one domain and of several (domains.md 5, portal.md 3)."""

from typing import Any

import pytest

from commerce.domains.actions.editing import set_nameservers
from commerce.domains.models import Domain, DomainChange
from tests.make.browser import HttpsTestClient
from tests.make.nameservers import give_nameservers
from tests.make.records import make_domain
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import CTX, finish, form_of, open_change, read, text_of

OTHERS = {"use": "others", "ns1": "ns1.other.example", "ns2": "ns2.other.example"}


@pytest.fixture(autouse=True)
def ours(db: None) -> list[str]:
    """The installation has nameservers of its own."""
    give_nameservers()
    return ["ns1.example.net", "ns2.example.net"]


def path_of(domain: Domain) -> str:
    return f"/client/domains/{domain.pk}/nameservers"


def sent(web: HttpsTestClient, domain: Domain, **typed: str) -> Any:
    return web.post(path_of(domain), form_of(web, path_of(domain)) | typed)


def test_other_nameservers_are_sent_as_a_whole_and_shown_until_they_hold(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.tess)
    answer = sent(web, domain, **OTHERS, ns3="NS3.other.example.")
    assert (answer.status_code, answer["Location"]) == (303, f"/client/domains/{domain.pk}")
    names = ["ns1.other.example", "ns2.other.example", "ns3.other.example"]
    assert open_change(domain).wanted == {"nameservers": names}
    page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert f"Being changed to {', '.join(names)} since" in text_of(page)
    assert path_of(domain) not in page
    assert web.get(path_of(domain)).status_code == 303
    assert web.post(path_of(domain), OTHERS).status_code == 303
    assert domain.changes.count() == 1
    finish(domain)
    assert domain.nameservers == names
    assert path_of(domain) in web.get(f"/client/domains/{domain.pk}").content.decode()


def test_ours_are_one_choice(cast: PortalCast, ours: list[str]) -> None:
    domain = make_domain(cast.client, nameservers=["a.other.example", "b.other.example"])
    web = cast.browse(cast.alice)
    assert form_of(web, path_of(domain))["use"] == "others"
    assert sent(web, domain, use="ours", ns1="", ns2="").status_code == 303
    assert open_change(domain).wanted == {"nameservers": ours}


def test_those_that_it_has_are_no_change(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    assert sent(web, domain).status_code == 303
    assert domain.changes.count() == 0
    assert "already uses these nameservers" in read(web, f"/client/domains/{domain.pk}")


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"ns2": ""}, "This field is required."),
        ({"ns2": "ns1.other.example"}, "This nameserver is listed twice."),
        ({"ns2": "127.0.0.1"}, "127.0.0.1 isn't a valid domain name."),
        ({"ns2": "one"}, "one isn't a valid domain name."),
        ({"ns2": "a b.example"}, "isn't a valid domain name."),
        ({"ns2": "<script>.example"}, "isn't a valid domain name."),
        ({"ns2": f"{'x' * 64}.example"}, "isn't a valid domain name."),
        ({"ns2": "ns2.{name}"}, "is part of the domain itself"),
    ],
)
def test_what_is_no_nameserver_is_said_and_kept(
    cast: PortalCast, typed: dict[str, str], words: str
) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    typed = {key: text.format(name=domain.domain_name) for key, text in typed.items()}
    answer = sent(web, domain, **(OTHERS | typed))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in text_of(page)
    assert 'value="ns1.other.example"' in page
    assert DomainChange.objects.count() == 0


def test_a_host_in_letters_of_its_own_is_sent_in_ascii(cast: PortalCast) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    sent(web, domain, **(OTHERS | {"ns2": "ns.münchen.example"}))
    assert open_change(domain).wanted["nameservers"][1] == "ns.xn--mnchen-3ya.example"


def test_a_second_tab_is_asked_again_before_it_replaces_what_the_first_one_saved(
    cast: PortalCast,
) -> None:
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    form = form_of(web, path_of(domain)) | OTHERS
    meanwhile = ["a.third.example", "b.third.example"]
    set_nameservers(domain=domain, nameservers=meanwhile, ctx=CTX)
    answer = web.post(path_of(domain), form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f"were changed to {', '.join(meanwhile)} after you opened" in text_of(page)
    assert web.post(path_of(domain), form | {"shown": " ".join(meanwhile)}).status_code == 303
    assert open_change(domain).wanted["nameservers"][0] == "ns1.other.example"


def test_without_ours_there_is_nothing_to_choose(cast: PortalCast) -> None:
    from commerce.site_settings.actions import set_setting

    for key in ("domains.ns1", "domains.ns2"):
        set_setting(key=key, value="", ctx=CTX)
    domain, web = make_domain(cast.client), cast.browse(cast.alice)
    assert "use" not in form_of(web, path_of(domain))
    assert sent(web, domain, **OTHERS).status_code == 303


# --- Several at once ---


def ticked(*domains: Domain, **more: str) -> dict[str, Any]:
    return {"domain": [str(one.pk) for one in domains], **more}


def test_several_domains_get_the_same_and_the_list_says_which_not(cast: PortalCast) -> None:
    good, busy, gone = (
        make_domain(cast.client),
        make_domain(cast.client),
        make_domain(cast.client, "expired"),
    )
    foreign = make_domain(cast.foreign)
    web = cast.browse(cast.tess)
    web.post(path_of(busy), OTHERS)
    answer = web.post("/client/domains/bulk", ticked(good, busy, gone, foreign, act="nameservers"))
    assert answer.status_code == 303
    page = web.get(answer["Location"]).content.decode()
    words = text_of(page)
    assert f"{gone} This is only available for active domains." in words
    assert f"{busy} This is already being changed." in words
    assert str(foreign) not in words
    form = ticked(good, busy, gone, foreign) | OTHERS | {"ns1": "ns9.other.example"}
    assert web.post("/client/domains/nameservers", form).status_code == 303
    words = read(web, "/client/domains")
    assert "We're changing the nameservers of 1 domain." in words
    assert f"Not changed: {gone}. This is only available for active domains." in words
    assert open_change(good).wanted["nameservers"][0] == "ns9.other.example"
    assert open_change(busy).wanted["nameservers"][0] == "ns1.other.example"
    assert foreign.changes.count() == gone.changes.count() == 0


def test_what_one_refuses_does_not_stop_the_others(cast: PortalCast) -> None:
    first, second = make_domain(cast.client), make_domain(cast.client)
    web = cast.browse(cast.alice)
    form = ticked(first, second) | OTHERS | {"ns1": f"ns1.{first}"}
    web.post("/client/domains/nameservers", form)
    assert first.changes.count() == 0
    assert second.changes.count() == 1
    assert f"Not changed: {first}." in read(web, "/client/domains")


def test_the_form_of_several_comes_back_with_what_was_typed(cast: PortalCast) -> None:
    one, two = make_domain(cast.client), make_domain(cast.client)
    web = cast.browse(cast.alice)
    answer = web.post("/client/domains/nameservers", ticked(one, two) | OTHERS | {"ns2": "odd"})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'value="odd"' in page
    assert page.count('name="domain"') == 2
    assert DomainChange.objects.count() == 0
