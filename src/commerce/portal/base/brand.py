"""The brand's style sheet, icon and pictures: public files, made from settings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from commerce.site_settings.current import get_setting
from commerce.site_settings.models import SettingPicture


@require_safe
@cache_control(public=True, max_age=86400)
def brand_style(request: HttpRequest) -> HttpResponse:
    """`/brand.css`: the one place where the brand's colour reaches the pages; no inline style is needed for it."""
    # Unlayered, so that it stands above the default in the layer of tokens.
    return HttpResponse(
        f":root {{ --brand: {get_setting('branding.primary_color')}; }}\n", content_type="text/css"
    )


@require_safe
@cache_control(public=True, max_age=86400)
def brand_icon(request: HttpRequest) -> HttpResponse:
    """`/brand.svg`: the initial of the name on the brand's colour."""
    drawing = format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="{}"/>'
        '<text x="16" y="22.5" font-family="system-ui, sans-serif" font-size="18" font-weight="700" fill="#fff"'
        ' text-anchor="middle">{}</text></svg>',
        get_setting("branding.primary_color"),
        get_setting("branding.name")[:1].upper(),
    )
    return HttpResponse(drawing, content_type="image/svg+xml")


@require_safe
@cache_control(public=True, max_age=31_536_000, immutable=True)
def brand_picture(request: HttpRequest, name: str) -> HttpResponse:
    """`/brand/…png`: the logo or the icon that staff gave us; another one has another address."""
    content = get_object_or_404(SettingPicture, pk=name).content
    return HttpResponse(bytes(content), content_type="image/png")
