"""`/admin`, and everything below it."""

from django.urls import path

from commerce.backoffice.site import staff_site

urlpatterns = [
    path("admin", staff_site.go_to_dashboard, name="root"),
    path("admin/", staff_site.urls),
]
