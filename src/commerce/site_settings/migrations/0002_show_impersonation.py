"""``portal.show_impersonation`` was ``portal.tell_impersonation``."""

from typing import Any

from django.db import migrations

_FORMER, _NAME = "portal.tell_impersonation", "portal.show_impersonation"


def rename_setting(apps: Any, schema_editor: Any) -> None:
    """What staff chose stays."""
    _rename(apps, schema_editor, _FORMER, _NAME)


def rename_back(apps: Any, schema_editor: Any) -> None:
    """The way back."""
    _rename(apps, schema_editor, _NAME, _FORMER)


def _rename(apps: Any, schema_editor: Any, old: str, new: str) -> None:
    settings = apps.get_model("site_settings", "SiteSetting").objects
    settings.using(schema_editor.connection.alias).filter(pk=old).update(key=new)


class Migration(migrations.Migration):
    dependencies = [("site_settings", "0001_initial")]

    operations = [migrations.RunPython(rename_setting, rename_back)]
