"""How an installation is put together: settings from the environment, checks, URLs, the WSGI entry."""
