"""The routes of version 2."""

from commerce.api.v2.resources.account import ACCOUNT, TOKEN
from commerce.api.v2.resources.catalog.products import PRODUCTS
from commerce.api.v2.resources.catalog.tlds import TLDS
from commerce.api.v2.resources.domain_history import DOMAIN_HISTORY
from commerce.api.v2.resources.domains import DOMAINS
from commerce.api.v2.resources.invoices import INVOICES
from commerce.api.v2.resources.money.credit import CREDIT, CREDIT_ENTRIES
from commerce.api.v2.resources.money.credit_notes import CREDIT_NOTES
from commerce.api.v2.resources.money.payment_methods import PAYMENT_METHODS
from commerce.api.v2.resources.money.payments import PAYMENTS
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.resources.orders import ORDERS
from commerce.api.v2.resources.plan_changes import PLAN_CHANGES
from commerce.api.v2.resources.quotes import QUOTES
from commerce.api.v2.resources.services import SERVICES, USAGE
from commerce.api.v2.resources.webhooks import WEBHOOK_DELIVERIES, WEBHOOK_ENDPOINTS
from commerce.api.v2.resources.zones import ZONES

RESOURCES = (
    ACCOUNT,
    PRODUCTS,
    TLDS,
    SERVICES,
    USAGE,
    INVOICES,
    CREDIT_NOTES,
    PAYMENTS,
    PAYMENT_METHODS,
    CREDIT,
    CREDIT_ENTRIES,
    PLAN_CHANGES,
    QUOTES,
    ORDERS,
    DOMAINS,
    DOMAIN_HISTORY,
    ZONES,
    OPERATIONS,
    WEBHOOK_ENDPOINTS,
    WEBHOOK_DELIVERIES,
    TOKEN,
)
