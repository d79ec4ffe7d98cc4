"""The routes of version 1."""

from commerce.api.v1.domains import DOMAINS
from commerce.api.v1.invoices import INVOICES
from commerce.api.v1.me import ME
from commerce.api.v1.orders import ORDERS
from commerce.api.v1.services import SERVICES

RESOURCES = (ME, SERVICES, INVOICES, ORDERS, DOMAINS)
