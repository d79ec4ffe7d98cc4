"""The logo and the icon: kept apart from the settings, once each, and gone when nothing names them."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from commerce.audit.models import AuditEntry
from commerce.cli.root import commerce
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings import current
from commerce.site_settings.actions import reset_setting, set_setting, upload_setting_picture
from commerce.site_settings.models import SettingPicture
from tests import make
from tests.make.pictures import png

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
RED = b"\xff\0\0\xff"


def upload(key: str, content: bytes) -> str:
    return upload_setting_picture(key=key, content=content, ctx=CTX)


def kept() -> set[str]:
    return set(SettingPicture.objects.values_list("pk", flat=True))


def run(*words: str) -> Result:
    return CliRunner().invoke(commerce, ["setting", *words])


def test_a_picture_is_kept_under_the_name_that_the_setting_has() -> None:
    name = upload("branding.logo", png())
    assert current.get_setting("branding.logo") == name
    assert bytes(SettingPicture.objects.get(pk=name).content).startswith(b"\x89PNG")
    entry = AuditEntry.objects.filter(action="settings.updated").latest("pk")
    assert (entry.before, entry.after) == ({"branding.logo": ""}, {"branding.logo": name})
    assert upload("branding.logo", png()) == name
    assert AuditEntry.objects.filter(action="settings.updated").count() == 1


def test_what_replaces_a_picture_and_what_takes_it_away_deletes_it() -> None:
    first, second = (upload("branding.logo", content) for content in (png(), png(color=RED)))
    assert first != second
    assert kept() == {second}
    reset_setting(key="branding.logo", ctx=CTX)
    assert kept() == set()
    assert current.get_setting("branding.logo") == ""


def test_a_picture_that_both_settings_name_stays_until_the_second_goes() -> None:
    name = upload("branding.logo", png(20, 20))
    assert upload("branding.favicon", png(20, 20)) == name
    set_setting(key="branding.logo", value="", ctx=CTX)
    assert kept() == {name}
    reset_setting(key="branding.favicon", ctx=CTX)
    assert kept() == set()


def test_a_setting_names_only_what_is_kept() -> None:
    gone = upload("branding.logo", png())
    reset_setting(key="branding.logo", ctx=CTX)
    for value, why in (
        (gone, "Image not found. Upload it with"),
        ("/etc/passwd", "upload"),
        ("../x.png", "upload"),
    ):
        with pytest.raises(BusinessError, match=why):
            set_setting(key="branding.logo", value=value, ctx=CTX)


def test_what_is_refused_changes_nothing() -> None:
    name = upload("branding.logo", png())
    for key, content in (("branding.logo", b"<svg/>"), ("company.name", png()), ("no.such", png())):
        with pytest.raises(BusinessError):
            upload(key, content)
    assert current.get_setting("branding.logo") == name
    assert kept() == {name}


def test_the_commands_say_what_became_of_it(tmp_path: Path) -> None:
    file = tmp_path / "logo.png"
    file.write_bytes(png(1280, 320))
    done = run("upload", "branding.logo", str(file))
    assert done.output == "branding.logo is now an image of 640 x 160 pixels.\n"
    assert run("get", "branding.logo").output.endswith("-640x160.png\n")
    assert run("reset", "branding.logo").output == "branding.logo is now empty.\n"
    file.write_text("<svg/>")
    done = run("upload", "branding.favicon", str(file))
    assert done.exit_code == 1
    assert "Upload a PNG, JPEG, or WebP image" in done.output
