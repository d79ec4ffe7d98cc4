"""The database backend ``ENGINE = "commerce.db.backends.sqlite"``."""
