"""The data behind the pages: the demo company, whose first client then has 50,000 invoices and 50,000 services."""

from collections.abc import Mapping
from contextlib import suppress

from django.db import connection

from commerce.accounts.models import Client
from commerce.catalog.models import Product
from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.orders.actions.carts import add_product_to_cart, get_or_create_cart

MANY = 50_000

# What must differ in each copy; ``g`` counts them.
_INVOICE = {
    "id": "1000000 + g",
    "number": "'BENCH-' || g",
    "payment_reference": "'BENCH' || lpad(g::text, 8, '0')",
    "issue_date": "issue_date - (g %% 3000)::int",
    "due_date": "due_date - (g %% 3000)::int",
}
_LINE = {
    "id": "1000000 + g",
    "invoice_id": "1000000 + g",
    "billed_period_id": "NULL::bigint",
    "description": "description || ', site-' || g",
}
_SERVICE = {
    "id": "1000000 + g",
    "label": "'Site ' || g",
    "provisioning_key": "'bench-' || g",
    "username": "''",
    "remote_id": "''",
    "next_due_date": "next_due_date + (g %% 300)::int",
}


def fill_pages(client_id: int) -> None:
    """Copy a paid invoice with a line, and an active service, of this client until there are so many."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        # The line is copied first: afterwards the newest paid invoice is a copy, which has none.
        invoice = "SELECT id FROM billing_invoice WHERE client_id = %s AND status = 'paid' ORDER BY id DESC LIMIT 1"
        line = (
            f"SELECT id FROM billing_invoiceline WHERE invoice_id = ({invoice}) ORDER BY id LIMIT 1"
        )
        _multiply("billing_invoiceline", _LINE, f"id = ({line})", client_id)
        _multiply("billing_invoice", _INVOICE, f"id = ({invoice})", client_id)
        service = "SELECT id FROM hosting_service WHERE client_id = %s AND status = 'active'"
        service += " AND next_due_date IS NOT NULL ORDER BY id LIMIT 1"
        _multiply("hosting_service", _SERVICE, f"id = ({service})", client_id)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")


def _multiply(table: str, changes: Mapping[str, str], where: str, client_id: int) -> None:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
        names = [f'"{column.name}"' for column in found]
        values = [changes.get(column.name, f'"{column.name}"') for column in found]
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)}"
            f" FROM {table}, generate_series(1, {MANY}) g WHERE {where}",
            [client_id],
        )


def fill_cart(client: Client, *, products: int = 3) -> None:
    """Put the first products into the client's cart that can be ordered by the month without a choice."""
    cart = get_or_create_cart(at=clock.now(), client=client)
    for product in Product.objects.filter(status="active", require_domain=False).order_by("pk"):
        if cart.items.count() < products:
            with suppress(BusinessError):
                add_product_to_cart(
                    cart=cart, product=product, billing_cycle="monthly", at=clock.now()
                )
    if cart.items.count() < products:
        raise RuntimeError(f"Only {cart.items.count()} products fit into the cart.")
