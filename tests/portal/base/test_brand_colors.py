"""Whatever color staff choose for the brand, text on it and text in it can be read (WCAG: 4.5 to 1)."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Browser

from tests.make.real_browser import browser_thread

pytestmark = pytest.mark.browser

COLORS = ["#{:02x}{:02x}{:02x}".format(*rgb) for rgb in product((0, 64, 128, 192, 255), repeat=3)]
PAIRS = [
    ("--on-fill", "--accent-fill"),
    ("--on-fill", "--accent-fill-hover"),
    ("--accent", "--surface"),
    ("--accent", "--surface-raised"),
    ("--accent", "--canvas"),
    ("--accent", "--hover"),
    ("--accent", "--accent-soft"),
    ("--text", "--accent-soft"),
    ("--muted", "--accent-soft"),
]
LEAST_CONTRAST = """([colors, pairs]) => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const probe = document.body.appendChild(document.createElement("p"));
  const luminance = (name) => {
    probe.style.color = `var(${name})`;
    canvas.fillStyle = getComputedStyle(probe).color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((part) => {
      const light = part / 255;
      return light <= 0.04045 ? light / 12.92 : ((light + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  return colors.flatMap((color) => {
    document.documentElement.style.setProperty("--brand", color);
    return pairs
      .filter(([one, other]) => contrast(one, other) < 4.5)
      .map((pair) => [color, ...pair]);
  });
}"""


def test_any_color_of_the_brand_stays_readable() -> None:
    sheet = Path(str(finders.find("portal/tokens.css"))).read_text("utf-8")

    def unreadable(browser: Browser) -> list[Any]:
        found: list[Any] = []
        with browser.new_page() as page:
            page.set_content(f"<style>{sheet}</style>")
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                found += page.evaluate(LEAST_CONTRAST, [COLORS, PAIRS])
        return found

    assert browser_thread().run(unreadable) == []
