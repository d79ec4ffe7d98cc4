"""Carts, orders, their items, and what became of each unit. Import the models from here."""

from commerce.orders.models.carts import Cart, CartItem
from commerce.orders.models.orders import Order, OrderItem, OrderUnit, PromoUse
from commerce.orders.models.price_quotes import PriceQuote
from commerce.orders.models.sales_quotes import SalesQuote

__all__ = [
    "Cart",
    "CartItem",
    "Order",
    "OrderItem",
    "OrderUnit",
    "PriceQuote",
    "PromoUse",
    "SalesQuote",
]
