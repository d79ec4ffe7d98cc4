"""The routes of version 2."""

from commerce.api.v2.resources.account import ACCOUNT
from commerce.api.v2.resources.domains import DOMAINS
from commerce.api.v2.resources.invoices import INVOICES
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.resources.orders import ORDERS
from commerce.api.v2.resources.services import SERVICES
from commerce.api.v2.resources.token import TOKEN

RESOURCES = (ACCOUNT, SERVICES, INVOICES, ORDERS, DOMAINS, OPERATIONS, TOKEN)
