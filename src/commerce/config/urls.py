"""All pages but the staff area's. The API is not here: ``wsgi.py`` gives it everything below ``/api/``."""

from django.urls import include, path

urlpatterns = [path("", include("commerce.portal.urls"))]

handler400 = "commerce.portal.base.errors.bad_request"
handler403 = "commerce.portal.base.errors.forbidden"
handler404 = "commerce.portal.base.errors.not_found"
handler500 = "commerce.portal.base.errors.server_error"
