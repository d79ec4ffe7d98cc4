"""Commands that copy the whole database: backups, and the way to another one."""
