"""All public and client pages (portal.md 2 and 3)."""

from django.urls import URLPattern, URLResolver, include, path

from commerce.portal import (
    dashboard,
    domains,
    invoices,
    orders,
    pages,
    profile,
    services,
    switch,
    up,
)

# Pages that read the client's records, and the shell around them.
reading: list[URLPattern | URLResolver] = [
    path("", pages.landing, name="landing"),
    path("brand.css", pages.brand_style, name="brand_style"),
    path("brand.svg", pages.brand_icon, name="brand_icon"),
    path("up", up.up, name="up"),
    path("client", dashboard.home, name="home"),
    path("client/dashboard", dashboard.dashboard, name="dashboard"),
    path("client/services", services.services, name="services"),
    path("client/services/<int:pk>", services.service, name="service"),
    path("client/invoices", invoices.invoices, name="invoices"),
    path("client/invoices/<int:pk>", invoices.invoice, name="invoice"),
    path("client/orders", orders.orders, name="orders"),
    path("client/orders/<int:pk>", orders.order, name="order"),
    path("client/domains", domains.domains, name="domains"),
    path("client/domains/<int:pk>", domains.domain, name="domain"),
    path("client/profile", profile.profile, name="profile"),
    path("client/switch", switch.switch, name="switch"),
]

# Members, invitations, API tokens.
people: list[URLPattern | URLResolver] = []

# Registration, sign-in, factors, sessions: django-allauth behind our paths, with the names that it looks for.
signing: list[URLPattern | URLResolver] = []

urlpatterns = [
    path("", include((reading + people, "portal"))),
    *signing,
]
