"""The pages about what is sold: orders, services, and what clients ask of these."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.sales.cancellations import CancellationRequestAdmin
from commerce.backoffice.sales.consumer_statements import ConsumerStatementAdmin
from commerce.backoffice.sales.orders import OrderAdmin
from commerce.backoffice.sales.plan_change_actions import PAYMENT_REQUEST_PAGE
from commerce.backoffice.sales.plan_changes import PlanChangeAdmin
from commerce.backoffice.sales.quotes import QUOTE_PDF_PAGE, SalesQuoteAdmin
from commerce.backoffice.sales.service_records import ServiceAdmin

ROOM = Room(
    records=(
        OrderAdmin,
        SalesQuoteAdmin,
        ServiceAdmin,
        PlanChangeAdmin,
        CancellationRequestAdmin,
        ConsumerStatementAdmin,
    ),
    pages=(PAYMENT_REQUEST_PAGE, QUOTE_PDF_PAGE),
)
"""Orders, quotes, services, plan changes, cancellations, and statements of consumers."""
