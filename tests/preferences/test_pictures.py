"""The logo and the icon: kept apart from the settings, once each, and gone when nothing names them."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from commerce.audit.models import Entry
from commerce.cli.root import commerce
from commerce.kit.actor import SYSTEM
from commerce.kit.errors import Refused
from commerce.preferences import current
from commerce.preferences.actions import reset_preference, set_preference, upload_picture
from commerce.preferences.models import Picture
from tests import make
from tests.make.pictures import png

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
RED = b"\xff\0\0\xff"


def upload(key: str, content: bytes) -> str:
    return upload_picture(key=key, content=content, **SAY)


def kept() -> set[str]:
    return set(Picture.objects.values_list("pk", flat=True))


def run(*words: str) -> Result:
    return CliRunner().invoke(commerce, ["setting", *words])


def test_a_picture_is_kept_under_the_name_that_the_setting_has() -> None:
    name = upload("branding.logo", png())
    assert current.get("branding.logo") == name
    assert bytes(Picture.objects.get(pk=name).content).startswith(b"\x89PNG")
    entry = Entry.objects.filter(action="settings.updated").latest("pk")
    assert (entry.before, entry.after) == ({"branding.logo": ""}, {"branding.logo": name})
    assert upload("branding.logo", png()) == name
    assert Entry.objects.filter(action="settings.updated").count() == 1


def test_what_replaces_a_picture_and_what_takes_it_away_deletes_it() -> None:
    first, second = (upload("branding.logo", content) for content in (png(), png(colour=RED)))
    assert first != second
    assert kept() == {second}
    reset_preference(key="branding.logo", **SAY)
    assert kept() == set()
    assert current.get("branding.logo") == ""


def test_a_picture_that_both_settings_name_stays_until_the_second_goes() -> None:
    name = upload("branding.logo", png(20, 20))
    assert upload("branding.favicon", png(20, 20)) == name
    set_preference(key="branding.logo", value="", **SAY)
    assert kept() == {name}
    reset_preference(key="branding.favicon", **SAY)
    assert kept() == set()


def test_a_setting_names_only_what_is_kept() -> None:
    gone = upload("branding.logo", png())
    reset_preference(key="branding.logo", **SAY)
    for value, why in (
        (gone, "no such picture"),
        ("/etc/passwd", "upload"),
        ("../x.png", "upload"),
    ):
        with pytest.raises(Refused, match=why):
            set_preference(key="branding.logo", value=value, **SAY)


def test_what_is_refused_changes_nothing() -> None:
    name = upload("branding.logo", png())
    for key, content in (("branding.logo", b"<svg/>"), ("company.name", png()), ("no.such", png())):
        with pytest.raises(Refused):
            upload(key, content)
    assert current.get("branding.logo") == name
    assert kept() == {name}


def test_the_commands_say_what_became_of_it(tmp_path: Path) -> None:
    file = tmp_path / "logo.png"
    file.write_bytes(png(1280, 320))
    done = run("upload", "branding.logo", str(file))
    assert done.output == "branding.logo is now a picture of 640 x 160 pixels.\n"
    assert run("get", "branding.logo").output.endswith("-640x160.png\n")
    assert run("reset", "branding.logo").output == "branding.logo is now empty.\n"
    file.write_text("<svg/>")
    done = run("upload", "branding.favicon", str(file))
    assert done.exit_code == 1
    assert "PNG, JPEG or WebP" in done.output
