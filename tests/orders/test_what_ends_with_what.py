"""What ends with a client and with an invoice, and that nothing else does (accounts.md 2, billing.md 6)."""

import pytest

from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import Invoice
from commerce.catalog.actions.products import set_stock
from commerce.catalog.models import Stock
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.account_closing import close_client_account
from commerce.orders.actions.cancelling import cancel_order_without_invoice
from commerce.orders.actions.fraud import stop_order_as_fraud
from commerce.orders.actions.placing import place_cart_lines
from commerce.orders.cart_lines import ProductCartLine
from commerce.orders.models import Order
from tests import make
from tests.make.renewals import RENEWED_AT

pytestmark = pytest.mark.django_db
AT = make.AT


class TestEverythingOfAClosedClient:
    def test_what_has_ended_or_is_another_clients_stays(self) -> None:
        client, other = make.make_client(), make.make_client()
        for one in (client, other):
            make.make_order(one)
            make.make_order(one, "fraud")
            make.make_service(one)
            make.make_domain(one)
            make.make_invoice(one)
        gone = make.make_domain(client, "transferred_away")
        done = make.make_order(client, "active")
        dropped = make.make_order(client, "cancelled")
        terminated = make.make_service(client, "terminated")
        close_client_account(
            client=client, end_everything=True, reason="gave up", ctx=Context(RENEWED_AT, SYSTEM)
        )
        for row, status in (
            (client, "closed"),
            (gone, "transferred_away"),
            (done, "active"),
            (dropped, "cancelled"),
            (terminated, "terminated"),
        ):
            row.refresh_from_db()
            assert row.status == status
        kept = {
            Order: {"pending", "fraud"},
            Service: {"active", "pending", "fraud"},
            Domain: {"active"},
            Invoice: {"unpaid"},
        }
        for model, statuses in kept.items():
            rows = model._default_manager.filter(client=other)
            assert set(rows.values_list("status", flat=True)) <= statuses
        assert Order.objects.filter(client=client, status="cancelled").count() == 3
        assert not Invoice.objects.for_client(client).open().exists()

    def test_the_stock_of_what_waited_is_free_again(self) -> None:
        product = make.make_product(prices=[("EUR", "monthly", 500)])
        set_stock(product=product, units=5, ctx=Context(AT, SYSTEM))
        client = make.make_client()
        place_cart_lines(
            vat_refresh=None,
            cart_lines=[ProductCartLine(product_id=product.pk, billing_cycle="monthly", qty=2)],
            client=client,
            placed_by=None,
            shown_total=None,
            idempotency_key="form",
            ctx=Context(AT, SYSTEM),
        )
        assert Stock.objects.get().left == 3
        close_client_account(
            client=client, end_everything=True, reason="gone", ctx=Context(AT, SYSTEM)
        )
        assert Stock.objects.get().left == 5


class TestOrdersWhoseInvoiceWasTakenBack:
    def ended(self, order: Order) -> str:
        assert order.invoice_id is not None
        cancel_order_without_invoice(invoice_id=order.invoice_id, ctx=Context(AT, SYSTEM))
        order.refresh_from_db()
        return order.status

    def taken_back(self, order: Order) -> Order:
        assert order.invoice is not None
        credit_invoice(invoice=order.invoice, reason="sorry", ctx=Context(AT, SYSTEM))
        return order

    @pytest.mark.parametrize("status", ["pending", "fraud"])
    def test_one_that_waits_ends_with_it_and_no_other(self, status: str) -> None:
        other, order = make.make_order(status=status), make.make_order()
        self.taken_back(order)
        if status == "fraud":
            stop_order_as_fraud(order=order, reason="odd", ctx=Context(AT, SYSTEM))
        assert self.ended(order) == "cancelled"
        other.refresh_from_db()
        assert other.status == status

    def test_one_whose_invoice_still_claims_something_goes_on(self) -> None:
        order = make.make_order()
        assert order.invoice is not None
        credit_invoice(invoice=order.invoice, amount=1, reason="sorry", ctx=Context(AT, SYSTEM))
        assert self.ended(order) == "pending"

    def test_one_that_was_set_up_is_for_staff_to_end(self) -> None:
        order = self.taken_back(make.make_order(status="active"))
        assert self.ended(order) == "active"
        Order.objects.filter(pk=order.pk).update(status="pending")  # it was active before
        assert self.ended(order) == "pending"

    def test_one_that_has_ended_and_an_invoice_of_none_change_nothing(self) -> None:
        assert self.ended(make.make_order(status="cancelled")) == "cancelled"
        invoice = make.make_invoice(status="cancelled")
        cancel_order_without_invoice(invoice_id=invoice.pk, ctx=Context(AT, SYSTEM))
        assert not Order.objects.filter(invoice=invoice).exists()
