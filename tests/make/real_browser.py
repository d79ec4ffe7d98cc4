"""The browser that tests drive, and what axe finds in a page of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What passes is only counted, not described: a quarter of axe's time.
AXE_OPTIONS = {"runOnly": AXE_RULES, "resultTypes": ["violations"]}


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser. While it runs, this thread has an event loop, and Django's ORM refuses to be called in it."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_FLAGS)
        yield found
        found.close()


def accessibility_faults(page: Page) -> list[str]:
    """What keeps people from using the page: what axe names, each with its first place, and scrolling sideways."""
    violations = Axe().run(page, options=AXE_OPTIONS).response["violations"]
    found = [f"{one['id']} {one['nodes'][0]['html']}" for one in violations]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return found
