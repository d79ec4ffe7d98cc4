"""What errors about backups say to a person: the text of each code.

Commands speak English, also before there are settings: their texts are marked, not translated.
"""

from commerce.kit.errors import mark_text as _

ERRORS = {
    "backup.database_damaged": _("%(database)s is damaged: %(problem)s"),
    "backup.database_not_empty": _(
        "%(database)s isn't empty. Restore into a new database; existing data is never overwritten."
    ),
    "backup.file_in_the_way": _(
        "%(path)s already exists. Move it and try again; files are never overwritten."
    ),
    "backup.no_installation": _(
        "%(database)s doesn't contain a Commerce installation, so there is nothing to back up."
    ),
    "backup.program_failed": _("%(program)s failed: %(output)s"),
    "backup.program_missing": _(
        "%(program)s for PostgreSQL %(version)s or later isn't installed. Install it and try "
        "again (Debian: postgresql-client)."
    ),
    "move.differs": _(
        "Table %(table)s isn't the same in both databases after it was copied. Nothing was "
        "changed in the old one. Run the command again."
    ),
    "move.in_use": _(
        "The database is in use by another process. Stop the server, all workers, and other "
        "commands, then try again."
    ),
    "move.other_release": _(
        "The database was last migrated by another release. Run `commerce migrate`, then try again."
    ),
    "move.same_database": _("That is the database in use. Specify another one."),
    "move.step_failed": _("`commerce %(step)s` failed on the new database: %(output)s"),
}
