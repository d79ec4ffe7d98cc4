"""All pages. The API is not here: ``wsgi.py`` gives it everything below ``/api/``."""

from django.urls import include, path

urlpatterns = [path("", include("commerce.portal.urls"))]

handler400 = "commerce.portal.pages.bad_request"
handler403 = "commerce.portal.pages.forbidden"
handler404 = "commerce.portal.pages.not_found"
handler500 = "commerce.portal.pages.crashed"
