"""An ordinary Django REST framework installation over the product's tables."""

from pathlib import Path

from commerce.config import env

DATABASES = {
    "default": env.database("COMMERCE_DATABASE_URL", Path("var"))
    | {"OPTIONS": {}, "CONN_HEALTH_CHECKS": False}
}
SECRET_KEY = env.secret("COMMERCE_SECRET_KEY")
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "bench.peers.apps.AuditConfig",
    "bench.peers.apps.SiteSettingsConfig",
    "bench.peers.apps.MailConfig",
    "bench.peers.apps.AccountsConfig",
    "bench.peers.apps.CatalogConfig",
    "bench.peers.apps.HostingConfig",
    "rest_framework",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "bench.peers.urls"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["bench.peers.drf_defaults.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "bench.peers.drf_defaults.ServicePagination",
    "DEFAULT_THROTTLE_CLASSES": [],
}
