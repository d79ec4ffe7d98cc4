"""Style sheets, scripts and icons: named by their content, kept for a year, there before a page names them."""

import gzip
import os
import re
import threading
import time
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from pytest_django import Settings

from commerce.config.static_files import (
    KEPT_SECONDS,
    HashedStaticFiles,
    hashed_name,
    put_file,
    read_source,
)
from tests.house.source import PACKAGE
from tests.make.browser import HttpsTestClient, make_browser

pytestmark = pytest.mark.django_db

TEMPLATES = sorted(PACKAGE.glob("*/templates/**/*.html"))
NAMES = sorted(
    {
        name
        for path in TEMPLATES
        for name in re.findall(r"{% static ['\"]([^'\"]+)['\"] %}", path.read_text("utf-8"))
    }
    | {"portal/icons.svg", "django_htmx/htmx-2.min.js"}
)
OWN_SHEETS = {
    *(
        "api/docs.css",
        "backoffice/backoffice.css",
        "backoffice/client.css",
        "backoffice/reports.css",
    ),
    "unfold/css/styles.css",
}
"""Beside the one: sheets of pages that no visitor of the portal opens."""
SHEETS = sorted(PACKAGE.glob("*/static/**/*.css"))
SCRIPTS = sorted(PACKAGE.glob("*/static/**/*.js"))


@pytest.fixture
def root(settings: Settings, tmp_path: Path) -> Path:
    """A folder of static files that nobody has used."""
    settings.STATIC_ROOT = tmp_path / "static"
    return tmp_path / "static"


def new_worker() -> HttpsTestClient:
    """A browser at a process that has just started."""
    web = make_browser()
    web.handler._middleware_chain = None
    return web


def folders(path: Path) -> list[str]:
    return sorted(str(each.relative_to(path)) for each in path.rglob("*") if each.is_file())


@pytest.mark.parametrize("name", NAMES)
def test_what_a_template_names_is_served_for_a_year_and_compressed(name: str) -> None:
    web = make_browser()
    address = staticfiles_storage.url(name)
    assert re.fullmatch(r"/static/[\w/.-]+\.[0-9a-f]{12}\.\w+", address)
    plain, small = web.get(address), web.get(address, headers={"accept-encoding": "br, gzip"})
    for answer in (plain, small):
        assert answer.status_code == 200
        assert answer["Cache-Control"] == "max-age=31536000, public, immutable"
        assert answer["Vary"] == "Accept-Encoding"
    assert "Content-Encoding" not in plain.headers
    assert small["Content-Encoding"] == "gzip"
    content = plain.getvalue()
    sent = small.getvalue()
    assert len(sent) < len(content)
    assert gzip.decompress(sent) == content
    assert hashed_name(name, content) == address.removeprefix("/static/")
    again = web.get(address, headers={"if-none-match": plain["ETag"]})
    assert (again.status_code, again["Cache-Control"]) == (304, plain["Cache-Control"])


def test_a_page_names_one_style_sheet_and_the_brands() -> None:
    page = make_browser().get("/client/login").content.decode()
    sheets = re.findall(r'<link rel="stylesheet" href="([^"?]+)', page)
    assert sheets == [staticfiles_storage.url("portal/portal.css"), "/brand.css"]


def test_no_template_loads_another_sheet() -> None:
    sheets = {name for name in NAMES if name.endswith(".css")}
    assert sheets - OWN_SHEETS == {"portal/portal.css"}


def test_the_one_sheet_holds_each_of_its_parts_whole() -> None:
    sheet = read_source(PACKAGE / "portal/static/portal/portal.css")
    parts = [path for path in SHEETS if path.parent.name == "portal" and path.stem != "portal"]
    assert [path.name for path in parts if path.read_bytes() not in sheet] == []
    assert b"@import" not in sheet


@pytest.mark.parametrize("path", [*SHEETS, *SCRIPTS], ids=lambda path: path.name)
def test_no_file_names_another_one_by_an_address_without_a_hash(path: Path) -> None:
    content = read_source(path).decode()
    assert not re.search(r"url\((?!#)|^import |import\(|/static/", content, re.MULTILINE)


def test_a_name_that_no_app_has_is_a_mistake_of_the_template() -> None:
    with pytest.raises(ValueError, match=r"No app has the static file portal/none\.css"):
        staticfiles_storage.url("portal/none.css")


def test_another_content_has_another_name_and_the_former_is_still_served(root: Path) -> None:
    before, after = hashed_name("portal/a.css", b"a{}"), hashed_name("portal/a.css", b"b{}")
    assert before != after
    put_file(root / before, b"a{}")
    put_file(root / after, b"b{}")
    web = new_worker()
    assert web.get(f"/static/{before}").getvalue() == b"a{}"
    assert web.get(f"/static/{after}").getvalue() == b"b{}"


def test_a_worker_serves_what_another_one_wrote_after_it_started(root: Path) -> None:
    web = new_worker()
    name = hashed_name("portal/new.css", b"a{}")
    missing = web.get(f"/static/{name}")
    assert (missing.status_code, missing["Cache-Control"]) == (404, "no-store")
    put_file(root / name, b"a{}")
    assert web.get(f"/static/{name}").getvalue() == b"a{}"


def test_what_nobody_used_for_a_year_goes_when_something_new_comes(root: Path) -> None:
    names = [hashed_name("portal/a.css", content) for content in (b"old", b"used", b"new")]
    put_file(root / names[0], b"old")
    put_file(root / names[1], b"used")
    for path in root.rglob("*.*"):
        os.utime(path, (0, time.time() - KEPT_SECONDS - 60))
    put_file(root / names[1], b"used")
    put_file(root / names[2], b"new")
    assert folders(root) == sorted(n + end for n in names[1:] for end in ("", ".gz"))


def test_processes_that_start_at_once_write_each_file_whole(root: Path) -> None:
    name, content = hashed_name("portal/a.css", b"a" * 100_000), b"a" * 100_000
    seen: list[bytes] = []

    def start() -> None:
        put_file(root / name, content)
        seen.append((root / name).read_bytes())
        seen.append(gzip.decompress((root / f"{name}.gz").read_bytes()))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(seen) == {content}
    assert len(seen) == 16
    assert folders(root) == [name, f"{name}.gz"]


def test_pages_come_although_the_files_cannot_be_written(
    root: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    root.write_text("in the way")
    monkeypatch.setattr(staticfiles_storage, "_wrapped", fresh := HashedStaticFiles())
    web = new_worker()
    assert [web.get("/client/login").status_code for _ in range(2)] == [200, 200]
    assert (
        len([line for line in caplog.messages if re.search(r"portal/portal\.\w+\.css", line)]) == 1
    )
    address = fresh.url("portal/portal.css")
    assert web.get(address).status_code == 404
    root.unlink()
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert b"--canvas" in web.get(fresh.url("portal/portal.css")).getvalue()


@pytest.mark.parametrize(
    "path",
    [
        "portal/portal.css",
        "portal/portal.000000000000.css",
        "portal",
        "",
        "../commerce.0123456789ab.sqlite3",
        "portal/../../secret.0123456789ab.key",
        "/etc/passwd",
    ],
)
def test_anything_else_below_static_is_not_found(path: str) -> None:
    staticfiles_storage.url("portal/portal.css")
    assert make_browser().get(f"/static/{path}").status_code in (404, 400)


def test_the_compressed_copy_has_no_address_of_its_own() -> None:
    address = staticfiles_storage.url("portal/portal.css")
    assert make_browser().get(f"{address}.gz").status_code == 404


def test_a_developer_sees_a_changed_file_at_once(
    root: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = tmp_path / "a.css"
    monkeypatch.setattr("commerce.config.static_files.finders.find", lambda _name: str(sheet))
    files, found = HashedStaticFiles(), []
    for debug, content in ((False, "a"), (False, "b"), (True, "b")):
        settings.DEBUG = debug
        sheet.write_text(content)
        found.append(files.url("portal/a.css"))
    assert found[0] == found[1] != found[2]
    assert Path(f"{root}/{found[2].removeprefix('/static/')}").read_text() == "b"
