"""What errors about backups say to a person: the text of each code.

Commands speak English, also before there are settings: their texts are marked, not translated.
"""

from commerce.kit.errors import mark_text as _

ERRORS = {
    "backup.database_damaged": _("%(database)s is damaged: %(problem)s"),
    "backup.database_not_empty": _(
        "%(database)s is not empty. Restore into a new one; nothing is overwritten."
    ),
    "backup.file_in_the_way": _("%(path)s is there already. Nothing is overwritten: move it away."),
    "backup.no_installation": _("%(database)s holds no installation: there is nothing to back up."),
    "backup.program_failed": _("%(program)s failed: %(output)s"),
    "backup.program_missing": _(
        "%(program)s of PostgreSQL %(version)s or later is not on this machine. Install it "
        "(Debian: postgresql-client)."
    ),
}
