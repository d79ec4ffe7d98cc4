"""What is sold, and how it is ordered."""

from django.urls import path

from commerce.portal.shop import (
    cart,
    cart_items,
    checkout,
    landing,
    metadata,
    orders,
    quotes,
    store,
)
from commerce.portal.shop.domain_search import urls as domain_search

urlpatterns = [
    path("", landing.landing, name="landing"),
    path("faq", landing.faq, name="faq"),
    path("sitemap.xml", metadata.sitemap, name="sitemap"),
    path("robots.txt", metadata.robots, name="robots"),
    path("favicon.ico", metadata.favicon, name="favicon"),
    path("client/orders", orders.orders, name="orders"),
    path("client/orders/<int:pk>", orders.order, name="order"),
    path("client/orders/<int:pk>/cancel", orders.order_cancel, name="order_cancel"),
    path("store", store.store, name="store"),
    path("store/region", store.region, name="region"),
    path("store/currency", store.choose_currency, name="choose_currency"),
    path("store/pictures/<str:name>", store.product_picture, name="product_picture"),
    path("store/<slug:slug>", store.product, name="product"),
    path("client/store", store.redirect_to_store, name="client_store"),
    path("client/store/<slug:slug>", store.redirect_to_store, name="client_product"),
    path("cart", cart.cart, name="cart"),
    path("cart/items/<int:pk>", cart.cart_item, name="cart_item"),
    path("cart/items/<int:pk>/edit", cart_items.cart_item_edit, name="cart_item_edit"),
    path("cart/promo", cart.cart_promo, name="cart_promo"),
    path("cart/confirm-currency", cart.cart_confirm_currency, name="cart_confirm_currency"),
    path("checkout", checkout.checkout, name="checkout"),
    path("quote/<str:signed>", quotes.quote, name="quote"),
    path("quote/<str:signed>/pdf", quotes.quote_document, name="quote_pdf"),
    path("quote/<str:signed>/checkout", quotes.quote_checkout, name="quote_checkout"),
    *domain_search.urlpatterns,
]
