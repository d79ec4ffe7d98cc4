"""The pages about what is sold: orders, services, and what clients ask of these."""

from commerce.backoffice.base.pages import Room
from commerce.backoffice.sales.cancellations import CancellationRequestAdmin
from commerce.backoffice.sales.orders import OrderAdmin
from commerce.backoffice.sales.plan_change_actions import PAYMENT_REQUEST_PAGE
from commerce.backoffice.sales.plan_changes import PlanChangeAdmin
from commerce.backoffice.sales.service_records import ServiceAdmin

ROOM = Room(
    records=(OrderAdmin, ServiceAdmin, PlanChangeAdmin, CancellationRequestAdmin),
    pages=(PAYMENT_REQUEST_PAGE,),
)
"""Orders, services, plan changes and cancellations."""
