"""The routes of version 2."""

from commerce.api.v2.account import ACCOUNT
from commerce.api.v2.domains import DOMAINS
from commerce.api.v2.invoices import INVOICES
from commerce.api.v2.operations import OPERATIONS
from commerce.api.v2.orders import ORDERS
from commerce.api.v2.services import SERVICES

RESOURCES = (ACCOUNT, SERVICES, INVOICES, ORDERS, DOMAINS, OPERATIONS)
