"""What a person gives away in a day is held to the limit of their role, in forms and by tokens (backoffice.md 1)."""

from threading import Thread

import pytest
from django.db import connection
from django.db.models import Sum

from commerce.accounts.actions.staff_people.changing import change_staff
from commerce.accounts.actions.staff_people.roles import create_staff_role, edit_staff_role
from commerce.accounts.models import Client, Staff, StaffRole
from commerce.billing.models import CreditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.payments.actions.unallocated import record_unallocated_payment
from tests.backoffice.api.calls import post
from tests.make.browser import HttpsTestClient
from tests.make.people import AT, PASSWORD, make_client
from tests.make.records import make_invoice
from tests.make.staff import as_staff, make_staff, make_staff_token, role, staff_browser
from tests.make.staff_forms import list_action_url, send

CTX = Context(AT, SYSTEM)


def a_person(limit: int) -> Staff:
    StaffRole.objects.filter(key="billing").update(daily_limit=limit)
    return make_staff("billing")


def add(web: HttpsTestClient, client: Client, amount: str, currency: str = "EUR") -> str:
    url = f"{list_action_url(CreditEntry, 'add')}?client={client.pk}"
    answer = send(web, url, amount=amount, currency=currency, note="Sorry")
    return "" if answer.status_code == 303 else answer.content.decode()


@pytest.mark.django_db
def test_what_is_given_away_in_a_day_is_held_to_the_limit() -> None:
    bea = a_person(100)
    web, client = staff_browser(bea), make_client()
    assert add(web, client, "60") == ""
    assert "40.00 left today." in add(web, client, "40.01")
    assert CreditEntry.objects.count() == 1
    payout = list_action_url(CreditEntry, "payout")
    money = {"client": client.email, "currency": "EUR", "own_password": PASSWORD}
    assert send(web, payout, amount="30", reference="SEPA 1", **money).status_code == 303
    refused = send(web, payout, amount="10.01", reference="SEPA 2", **money)
    assert "10.00 left today." in refused.content.decode()
    bea.refresh_from_db()
    assert bea.spent == 9000
    Staff.objects.update(spent_on=AT.date())  # on another day
    assert add(web, client, "100") == ""
    assert add(staff_browser(make_staff()), client, "5000") == ""  # whose role has no limit


@pytest.mark.django_db
def test_forms_and_tokens_of_a_person_share_the_limit() -> None:
    bea = a_person(70)
    token = make_staff_token(bea, spending_limit=1000)[1]
    path, body = overpaid("pi_1")
    assert post(path, token, body).status == 200
    web, client = staff_browser(bea), make_client()
    assert "20.00 left today." in add(web, client, "20.01")
    path, body = overpaid("pi_2")
    refused = post(path, token, body)
    assert (refused.status, refused.json["code"]) == (403, "staff.daily_limit")
    assert add(web, client, "20") == ""


def overpaid(transaction_id: str) -> tuple[str, dict[str, str]]:
    """What assigns money to an invoice, of which 50.00 become credit."""
    invoice = make_invoice(make_client())
    unallocated = record_unallocated_payment(
        gateway="stripe",
        transaction_id=transaction_id,
        reason="reference",
        currency_code=invoice.currency_id,
        amount=invoice.total + 50_00,
        received_on=AT.date(),
        ctx=CTX,
    )
    return f"unallocated-payments/{unallocated.pk}/assign", {"to": invoice.number}


@pytest.mark.django_db
def test_nobody_gives_a_role_with_a_higher_limit_than_their_own() -> None:
    own = create_staff_role(name="Lead", copy_of=role("admin"), ctx=CTX)
    edit_staff_role(role=own, daily_limit=500, ctx=CTX)
    boss = make_staff(role=StaffRole.objects.get(key=own.key))
    Staff.objects.filter(pk=boss.pk).update(extra_permissions=["staff.manage"])
    ctx = Context(AT, as_staff(boss))
    sam, support = make_staff("support"), role("support")
    for limit in (None, 501):
        StaffRole.objects.filter(key="billing").update(daily_limit=limit)
        with pytest.raises(BusinessError, match="Your own daily limit is 500"):
            change_staff(staff=sam, role=role("billing"), ctx=ctx)
        with pytest.raises(BusinessError, match="Your own daily limit is 500"):
            edit_staff_role(role=support, daily_limit=limit, ctx=ctx)
    assert edit_staff_role(role=support, daily_limit=500, ctx=ctx).daily_limit == 500


@pytest.mark.skipif(connection.vendor == "sqlite", reason="has one writer")
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_hold_the_limit() -> None:
    bea, client = a_person(50), make_client()
    browsers = [staff_browser(bea) for _ in range(20)]

    def give(web: HttpsTestClient) -> None:
        try:
            add(web, client, "10")
        finally:
            connection.close()

    threads = [Thread(target=give, args=(one,)) for one in browsers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert CreditEntry.objects.aggregate(total=Sum("amount")) == {"total": 5000}
