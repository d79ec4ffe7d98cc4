"""The browser that tests drive, what axe finds in a page of it, and pages that it gets without a server."""

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zlib import crc32

from django.conf import settings
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.make.axe import axe_faults, axe_script
from tests.make.until_the_end import UNTIL_THE_END

SITE = "https://localhost"
# The same engine without windows, tabs and their pages, where it is: a third of the time of a page.
CHROMIUM = shutil.which("chromium-headless-shell") or "/usr/bin/chromium"
CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
VIEWS = ((1280, "light"), (320, "dark"))
"""Layout follows the width and colors the scheme, so each is looked at once. axe judges a page in one of them, which
its name chooses, and in both with ``ALL_VIEWS``: by day each sheet and template is on enough pages for both.
"""

MORE_VIEWS = ((1280, "dark"), (360, "light"), (320, "light"))
"""For pictures only."""


@contextmanager
def running_browser() -> Iterator[Browser]:
    """A browser. While it runs, this thread has an event loop, and Django's ORM refuses to be called in it."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_FLAGS)
        yield found
        found.close()


class BrowserThread:
    """One browser in a thread of its own, so that the caller's thread has no event loop."""

    def __init__(self) -> None:
        self._thread, self._stack = ThreadPoolExecutor(max_workers=1), ExitStack()
        self._browser = self._thread.submit(self._stack.enter_context, running_browser()).result()

    def run[T](self, act: Callable[[Browser], T]) -> T:
        """What ``act`` returns of the browser; it must not ask the database."""
        return self._thread.submit(act, self._browser).result()

    def close(self) -> None:
        self._thread.submit(self._stack.close).result()
        self._thread.shutdown()


@cache
def browser_thread() -> BrowserThread:
    """The one of this run, which starts when it is needed."""
    started = BrowserThread()
    UNTIL_THE_END.callback(started.close)
    return started


def accessibility_faults(page: Page) -> list[str]:
    """What keeps people from using the page: what axe names, each with its first place, and scrolling sideways."""
    return [*axe_faults(page), *_sideways(page)]


def _sideways(page: Page) -> list[str]:
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        return ["scrolls sideways"]
    return []


def view_faults(page: Page, name: str, *, height: int = 800) -> list[str]:
    """What keeps people from using this page as it is now, in each view; with ``SHOTS``, a folder, pictures of it."""
    shots = os.environ.get("SHOTS")
    judged = VIEWS if os.environ.get("ALL_VIEWS") else (VIEWS[crc32(name.encode()) % 2],)
    wrong: list[str] = []
    for width, scheme in (*VIEWS, *MORE_VIEWS) if shots else VIEWS:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if (width, scheme) in VIEWS:
            look = accessibility_faults if (width, scheme) in judged else _sideways
            wrong += [f"{name} {width} {scheme}: {text}" for text in look(page)]
        if shots:
            file = Path(shots) / f"{name.strip('/').replace('/', '-')}-{width}-{scheme}.png"
            page.screenshot(path=file, full_page=True)
    page.set_viewport_size({"width": VIEWS[0][0], "height": height})
    return wrong


def fetched(web: Any, paths: list[str]) -> dict[str, Any]:
    """The answers to these paths, and the brand's files."""
    return {path: web.get(path) for path in [*paths, "/brand.css", "/brand.svg"]}


def hand_over(answers: dict[str, Any], route: Route) -> None:
    """Answer one request of the browser; what stands on other hosts, as a gateway's script, is not there."""
    asked = urlsplit(route.request.url)
    if f"{asked.scheme}://{asked.netloc}" != SITE:
        route.abort()
        return
    if asked.path.startswith("/static/"):
        body = (settings.STATIC_ROOT / asked.path.removeprefix("/static/")).read_bytes()
        route.fulfill(body=body, content_type=guess_type(asked.path)[0])
        return
    address = f"{asked.path}?{asked.query}" if asked.query else asked.path
    answer = answers.get(address) or answers[asked.path]
    route.fulfill(status=answer.status_code, headers=dict(answer.headers), body=answer.content)


def page_faults(answers: dict[str, Any], names: dict[str, str] | None = None) -> list[str]:
    """What is wrong with these pages in each view: axe, sideways scrolling, what the policy refused.

    They are fetched through Django first and handed to the browser as it asks for them: no server, no network.
    ``names`` gives a picture's name for each path to be looked at; without it, that is all but the brand's files.
    """
    paths = names or {path: path for path in answers if not path.startswith("/brand")}

    def look(browser: Browser) -> list[str]:
        wrong: list[str] = []
        said: list[str] = []
        with browser.new_page() as page:
            page.add_init_script(axe_script())
            page.on("console", lambda message: said.append(f"{page.url}: {message.text}"))
            page.route("**/*", lambda route: hand_over(answers, route))
            for name, path in paths.items():
                page.goto(f"{SITE}{path}")
                wrong += view_faults(page, name)
        return wrong + [text for text in said if "Content Security" in text]

    return browser_thread().run(look)
