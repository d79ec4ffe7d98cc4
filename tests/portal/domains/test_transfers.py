"""A transfer to us that is under way: another code, or no transfer (domains.md 1 and 4)."""

import pytest

from commerce.domains.actions.states import start_domain_transfer
from commerce.domains.models import Domain
from commerce.domains.rules import TransferHold
from tests.make.records import make_domain_item, make_order
from tests.portal.conftest import PortalCast
from tests.portal.domains.acts import CTX, read, text_of

CODE = "their-new-code"


def path_of(domain: Domain) -> str:
    return f"/client/domains/{domain.pk}/transfer"


def under_way(cast: PortalCast, hold: str = "") -> Domain:
    item = make_domain_item(action="transfer", domain="acme.example", nameservers=())
    domain = make_order(cast.client, items=[item]).items.get().units.get().domain
    assert domain is not None
    start_domain_transfer(domain=domain, registrar="manual", ctx=CTX)
    Domain.objects.update(transfer_hold=hold)
    domain.refresh_from_db()
    return domain


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        ("", "The transfer is in progress."),
        (TransferHold.CODE_MISSING, "We need the authorization code"),
        (TransferHold.CODE_WRONG, "The authorization code isn't right."),
        (TransferHold.BEING_CANCELLED, "The transfer is being canceled."),
    ],
)
def test_what_it_waits_for_is_said(cast: PortalCast, hold: str, words: str) -> None:
    domain, web = under_way(cast, hold), cast.browse(cast.tess)
    page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert words in text_of(page)
    assert (path_of(domain) in page) == (hold != TransferHold.BEING_CANCELLED)
    can_end, takes_code = hold != TransferHold.BEING_CANCELLED, "code" in hold
    assert web.get(path_of(domain)).status_code == (200 if takes_code else 303)
    assert web.get(f"{path_of(domain)}/cancel").status_code == (200 if can_end else 303)


def test_a_new_code_ends_the_wait(cast: PortalCast) -> None:
    domain, web = under_way(cast, TransferHold.CODE_WRONG), cast.browse(cast.tess)
    answer = web.post(path_of(domain), {"code": f" {CODE} "})
    assert (answer.status_code, answer["Location"]) == (303, f"/client/domains/{domain.pk}")
    domain.refresh_from_db()
    assert domain.transfer_hold == ""
    words = read(web, f"/client/domains/{domain.pk}")
    assert "We're sending the new code." in words
    assert CODE not in words


@pytest.mark.parametrize("odd", ["", "x" * 256, "a\x07b"])
def test_what_is_no_code_is_asked_again_and_never_repeated(cast: PortalCast, odd: str) -> None:
    domain, web = under_way(cast, TransferHold.CODE_WRONG), cast.browse(cast.alice)
    answer = web.post(path_of(domain), {"code": odd})
    assert answer.status_code == 422
    assert not odd or odd not in answer.content.decode()
    domain.refresh_from_db()
    assert domain.transfer_hold == TransferHold.CODE_WRONG


def test_it_is_cancelled_once(cast: PortalCast) -> None:
    domain, web = under_way(cast), cast.browse(cast.alice)
    for _ in range(2):
        assert web.post(f"{path_of(domain)}/cancel").status_code == 303
    domain.refresh_from_db()
    assert domain.transfer_hold == TransferHold.BEING_CANCELLED or domain.status == "cancelled"
    page = web.get(f"/client/domains/{domain.pk}").content.decode()
    assert path_of(domain) not in page


def test_a_code_that_nothing_waits_for_is_not_taken(cast: PortalCast) -> None:
    domain, web = under_way(cast), cast.browse(cast.alice)
    assert (
        f'href="{path_of(domain)}"' not in web.get(f"/client/domains/{domain.pk}").content.decode()
    )
    answer = web.post(path_of(domain), {"code": CODE})
    assert (answer.status_code, answer["Location"]) == (303, f"/client/domains/{domain.pk}")
    assert "No transfer is waiting for a code." in read(web, f"/client/domains/{domain.pk}")
