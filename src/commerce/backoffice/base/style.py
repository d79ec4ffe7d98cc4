"""The style of the staff area that depends on settings: the brand's color in unfold's tones, as a file of its own."""

import hashlib
from functools import cache
from importlib.metadata import version

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from unfold.settings import CONFIG_DEFAULTS

from commerce.site_settings.current import get_setting

_MIXED = {
    "50": ("white", 6),
    "100": ("white", 12),
    "200": ("white", 25),
    "300": ("white", 45),
    "400": ("white", 70),
    "500": ("white", 88),
    "600": ("white", 100),
    "700": ("black", 85),
    "800": ("black", 70),
    "900": ("black", 55),
    "950": ("black", 35),
}
"""How much of the brand's color is in each tone, and what it is mixed with."""


_FONTS = (
    ("Inter", 400, "inter/Inter-Regular.woff2"),
    ("Inter", 500, "inter/Inter-Medium.woff2"),
    ("Inter", 600, "inter/Inter-SemiBold.woff2"),
    ("Material Symbols Outlined", 400, "material-symbols/Material-Symbols-Outlined.woff2"),
)
"""Name, weight and file of unfold's fonts, whose own style sheet does not know our hashed addresses."""


def _font(name: str, weight: int, file: str) -> str:
    return (
        f'@font-face{{font-family:"{name}";font-weight:{weight};font-display:swap;'
        f'src:url("{static(f"unfold/fonts/{file}")}") format("woff2")}}\n'
    )


@cache
def _releases() -> str:
    """Ours and unfold's; each is read from a file of some hundred lines."""
    return f"{version('commerce')} {version('django-unfold')}"


def style_url() -> str:
    """The address of `/admin/style.css`; it changes with the color and the release, so that it can be cached."""
    seen = f"{get_setting('branding.primary_color')} {_releases()}"
    return f"{reverse('admin:style')}?v={hashlib.sha256(seen.encode()).hexdigest()[:12]}"


@require_safe
@cache_control(public=True, max_age=86400)
def staff_style(request: HttpRequest) -> HttpResponse:
    """`/admin/style.css`."""
    brand = get_setting("branding.primary_color")
    colors = {
        f"primary-{tone}": f"color-mix(in oklab, {brand} {share}%, {other})"
        for tone, (other, share) in _MIXED.items()
    }
    for name in ("base", "font"):
        colors |= {
            f"{name}-{tone}": value for tone, value in CONFIG_DEFAULTS["COLORS"][name].items()
        }
    fonts = "".join(_font(*font) for font in _FONTS)
    lines = "".join(f"--color-{name}:{value};" for name, value in colors.items())
    return HttpResponse(f"{fonts}:root{{--border-radius:6px;{lines}}}\n", content_type="text/css")
