"""`/client/data`: an owner exports the data of the client, and has them erased (accounts.md 10)."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from commerce.accounts.actions.mfa import add_totp
from commerce.accounts.models import DataExport, Erasure, User
from commerce.audit.models import AuditEntry
from commerce.jobs.runner import run_due_jobs
from commerce.kit import clock
from commerce.kit.context import Context
from tests.make.people import AT, PASSWORD, as_member
from tests.make.records import make_invoice, make_service
from tests.make.totp import totp
from tests.portal.conftest import PortalCast

PATH, EXPORT, ERASE, KEEP = (
    "/client/data",
    "/client/data/export",
    "/client/data/erase",
    "/client/data/keep",
)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def test_an_owner_gets_the_data_with_the_password(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    assert web.post(EXPORT, {"password": "wrong"}).status_code == 422
    assert not DataExport.objects.exists()
    assert web.post(EXPORT, {"password": PASSWORD}).status_code == 303
    assert "Being prepared" in web.get(PATH).content.decode()
    run_due_jobs(at=AT)
    export = DataExport.objects.get()
    address = f"/client/data/exports/{export.pk}"
    assert address in web.get(PATH).content.decode()
    file = web.get(address)
    assert (file["Content-Type"], file["Cache-Control"]) == ("application/zip", "no-store")
    assert file.content == bytes(export.content or b"")
    assert AuditEntry.objects.filter(action="data_export.downloaded").count() == 1
    with clock.freeze_time(AT + timedelta(days=7)):
        assert cast.browse(cast.alice).get(address).status_code == 404


def test_nobody_but_an_owner_gets_a_file(cast: PortalCast) -> None:
    cast.browse(cast.alice).post(EXPORT, {"password": PASSWORD})
    run_due_jobs(at=AT)
    address = f"/client/data/exports/{DataExport.objects.get().pk}"
    assert cast.browse(cast.bob).get(address).status_code == 403
    assert cast.browse(cast.charlie, cast.foreign).get(address).status_code == 404


def test_erasure_needs_a_second_factor(cast: PortalCast) -> None:
    web = cast.browse(cast.alice)
    assert "Set up two-factor authentication" in web.get(PATH).content.decode()
    assert web.post(ERASE, {"password": PASSWORD, "code": ""}).status_code == 303
    assert not Erasure.objects.exists()


@pytest.fixture
def secret(cast: PortalCast) -> str:
    add_totp(
        user=cast.alice,
        secret=SECRET,
        code=totp(SECRET, AT, steps=-1),
        keep_session=None,
        ctx=Context(AT, as_member(cast.alice)),
    )
    return SECRET


def test_an_owner_asks_for_erasure_and_withdraws_it(cast: PortalCast, secret: str) -> None:
    web = cast.browse(cast.alice)
    for wrong in (
        {"password": "wrong", "code": totp(secret, AT)},
        {"password": PASSWORD, "code": "000000"},
    ):
        assert web.post(ERASE, wrong).status_code == 422
    assert not Erasure.objects.exists()
    right: Mapping[str, str] = {"password": PASSWORD, "code": totp(secret, AT)}
    assert web.post(ERASE, right).status_code == 303
    erasure = Erasure.objects.get()
    assert (erasure.requested_by, erasure.erase_on) == (cast.alice, AT.date() + timedelta(days=14))
    assert "Withdraw request" in web.get(PATH).content.decode()
    assert web.post(KEEP).status_code == 303
    erasure.refresh_from_db()
    assert erasure.status == "withdrawn"
    assert "no erasure request" in web.post(KEEP, follow=True).content.decode()


def test_the_page_names_what_stands_in_the_way_with_links(cast: PortalCast, secret: str) -> None:
    services = [make_service(cast.client) for _ in range(6)]
    invoice = make_invoice(cast.client)
    page = cast.browse(cast.alice).get(PATH).content.decode()
    assert f'href="/client/invoices/{invoice.pk}"' in page
    assert sum(f'href="/client/services/{one.pk}"' in page for one in services) == 5
    assert "and 1 more" in page
    assert ERASE not in page
    assert cast.browse(cast.alice).get(ERASE).status_code == 303


def test_each_other_member_is_refused(cast: PortalCast, secret: str) -> None:
    member: User
    for member in (cast.bob, cast.tess):
        for path in (PATH, EXPORT, ERASE):
            assert cast.browse(member).get(path).status_code == 403
