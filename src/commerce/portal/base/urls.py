"""What every page needs, and what watches the installation."""

from django.urls import path

from commerce.portal.base import brand, health
from commerce.portal.base.impersonating import views as impersonating

urlpatterns = [
    path("brand.css", brand.brand_style, name="brand_style"),
    path("brand.svg", brand.brand_icon, name="brand_icon"),
    path("brand/<str:name>", brand.brand_picture, name="brand_picture"),
    path("theme", brand.choose_theme, name="theme"),
    path("client/return-to-admin", impersonating.return_to_staff, name="return_to_staff"),
    path("up", health.health, name="up"),
]
