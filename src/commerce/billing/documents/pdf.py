"""The page: a typst template of ours with our fonts. Typst reads only the bundled folder."""

import json
import logging
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Any

from commerce.billing.documents.branding import DocumentBrand
from commerce.billing.documents.glyphs import FONTS, displayable

if TYPE_CHECKING:
    import typst

TEMPLATE = FONTS.parent
log = logging.getLogger(__name__)
_compilers = threading.local()


def render_pdf(
    texts: dict[str, Any], brand: DocumentBrand, *, at: datetime, template: str = "document"
) -> bytes:
    """The words set as PDF/A-3b; ``at`` is the instant that the file says it was made, ``template`` the template."""
    import typst  # 7 MiB, which few processes of pages have a use for

    accent = brand.accent
    values = texts | {"accent": accent, "on_accent": text_color_on(accent), "mark": brand.mark}
    try:
        return _compiled(template, _cleaned(values, only_latin=False), brand.logo, at)
    except typst.TypstError as error:
        # A cluster whose letters stand in different fonts has no glyph of its own. A plainer paper beats none.
        log.warning("a document was set in Latin letters only: %s", error)
        return _compiled(template, _cleaned(values, only_latin=True), brand.logo, at)


def _compiled(paper: str, values: Any, logo: str, at: datetime) -> bytes:
    made = _compiler(paper).compile(
        format="pdf",
        sys_inputs={"document": json.dumps(values, ensure_ascii=False), "logo": logo},
        pdf_standards=["a-3b"],
        timestamp=int(at.timestamp()),
    )
    assert isinstance(made, bytes)
    return made


def _compiler(paper: str) -> "typst.Compiler":
    """The compiler of this thread for a template: it and the fonts are read once for each."""
    import typst

    if not hasattr(_compilers, paper):
        fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
        )
        made = typst.Compiler(str(TEMPLATE / f"{paper}.typ"), root=str(TEMPLATE), font_paths=fonts)
        setattr(_compilers, paper, made)
    compiler: typst.Compiler = getattr(_compilers, paper)
    return compiler


def _cleaned(value: Any, *, only_latin: bool) -> Any:
    if isinstance(value, str):
        return displayable(value, only_latin=only_latin)
    if isinstance(value, list | tuple):
        return [_cleaned(each, only_latin=only_latin) for each in value]
    if isinstance(value, dict):
        return {name: _cleaned(each, only_latin=only_latin) for name, each in value.items()}
    return value


def text_color_on(color: str) -> str:
    """White or near black, whichever reads better on a color (contrast of WCAG 2)."""

    def linear(part: str) -> float:
        share = int(part, 16) / 255
        return float(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(color[start : start + 2]) for start in (1, 3, 5))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.06 else "#1c2024"
