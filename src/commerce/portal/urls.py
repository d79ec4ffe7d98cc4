"""All public and client pages (portal.md 2 and 3)."""

from django.urls import URLPattern, URLResolver, include, path

from commerce.portal import pages, up

# Pages that read the client's records, and the shell around them.
reading: list[URLPattern | URLResolver] = [
    path("", pages.landing, name="landing"),
    path("brand.css", pages.brand_style, name="brand_style"),
    path("brand.svg", pages.brand_icon, name="brand_icon"),
    path("up", up.up, name="up"),
]

# Members, invitations, API tokens.
people: list[URLPattern | URLResolver] = []

# Registration, sign-in, factors, sessions: django-allauth behind our paths, with the names that it looks for.
signing: list[URLPattern | URLResolver] = []

urlpatterns = [
    path("", include((reading + people, "portal"))),
    *signing,
]
