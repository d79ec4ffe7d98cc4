"""``make screenshots``: the pictures of README.md, taken of a new demo company in Chromium and kept small."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
COMMERCE = Path(sys.executable).with_name("commerce")
SIZE: ViewportSize = {"width": 1280, "height": 800}
QUALITY = 80


@contextmanager
def running_demo() -> Iterator[str]:
    """The address of a demo that is made now, and gone when the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    with tempfile.TemporaryDirectory() as data:
        demo = subprocess.Popen(
            [COMMERCE, "demo", "--port", port],
            env=os.environ | {"COMMERCE_DATA_DIR": data},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert demo.stdout is not None
        try:
            for line in demo.stdout:
                if "Try the API" in line:
                    yield f"https://localhost:{port}"
                    return
            raise SystemExit("The demo did not start.")
        finally:
            demo.terminate()
            demo.wait()


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/client/login")
    page.fill("[name=email]", "alice@example.com")
    page.fill("[name=password]", "demo-demo-demo")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/client/dashboard")


def open_invoice(page: Page, url: str) -> None:
    page.goto(f"{url}/client/invoices?status=paid")
    row = page.locator("main tbody tr", has_text="$").first
    row.locator('a[href^="/client/invoices/"]').first.click()
    page.wait_for_load_state()


def keep(page: Page, name: str) -> None:
    """What the window shows, as WebP: a third of a PNG's size."""
    file = FOLDER / f"{name}.webp"
    Image.open(BytesIO(page.screenshot())).save(file, quality=QUALITY, method=6)
    print(f"{file.name}: {file.stat().st_size // 1024} KiB")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with running_demo() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page(viewport=SIZE, ignore_https_errors=True, color_scheme="light")
        sign_in(page, url)
        keep(page, "dashboard")
        open_invoice(page, url)
        keep(page, "invoice")
        page.goto(f"{url}/api/docs")
        keep(page, "api")
        browser.close()


if __name__ == "__main__":
    main()
