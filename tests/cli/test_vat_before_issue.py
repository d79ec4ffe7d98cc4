"""billing.md 5.4: at issue an older answer about the VAT number is renewed first, whoever issues."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from commerce.billing.models import Invoice
from commerce.billing.tax.actions import refresh_vat_check
from commerce.billing.tax.models import VatCheck
from commerce.cli.root import commerce
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles import vies
from tests.make.plan_changes import ask, pay_request
from tests.make.vat_clients import make_swede

pytestmark = pytest.mark.django_db


def run(*words: object) -> None:
    done = CliRunner().invoke(commerce, [str(word) for word in words])
    assert done.exit_code == 0, done.output


def categories() -> set[str]:
    issued = Invoice.objects.filter(issued_at__isnull=False)
    return set(issued.values_list("tax_groups__category", flat=True))


def test_invoices_by_hand(stand: vies.FakeVies) -> None:
    """They took the answers as they lay, and charged tax where one was too old."""
    client = make_swede()
    write = ("invoice", "draft", client.pk, "--line", "Work=100")
    run(*write)
    assert stand.asked == []
    draft = Invoice.objects.get().pk
    run("invoice", "issue", draft, "--dry-run")
    assert (len(stand.asked), categories()) == (1, set())
    run("invoice", "issue", draft)
    assert (len(stand.asked), categories()) == (1, {"AE"})
    run(*write, "--issue")
    assert (len(stand.asked), categories()) == (1, {"AE"})


def test_one_that_is_issued_at_once(stand: vies.FakeVies) -> None:
    run("invoice", "draft", make_swede().pk, "--line", "Work=100", "--issue")
    assert (len(stand.asked), categories()) == (1, {"AE"})


def test_orders(stand: vies.FakeVies) -> None:
    product = f"{make.make_product().slug}:monthly"
    run("order", "place", make_swede().pk, "--product", product, "--key", "k1")
    assert (len(stand.asked), categories()) == (1, {"AE"})


def test_plan_changes_that_staff_approve(stand: vies.FakeVies) -> None:
    """The answer of the confirming counts: it is not asked for again, and a document of it is issued later."""
    ctx = Context(clock.now(), SYSTEM)
    set_setting(key="plan_changes.require_approval", value="on", ctx=ctx)
    group = make.make_group()
    small, large = (
        make.make_product(group=group, prices=[("EUR", "monthly", price)]) for price in (500, 900)
    )
    service = make.make_service(make_swede(), product=small, amount=500, at=ctx.at)
    refresh_vat_check(client=service.client, ctx=ctx)
    change = ask(service, large, ctx.at)
    earlier = ctx.at - timedelta(days=60)
    VatCheck.objects.update(checked_at=earlier, day=earlier.date())
    stand.says(vies.INVALID)
    run("plan-change", "approve", change.pk, "--yes")
    assert pay_request(change, change.total or 0, ctx.at)
    assert (len(stand.asked), categories()) == (1, {"AE"})
