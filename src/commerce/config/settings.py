"""The one settings file: everything comes from the environment, and the defaults are a complete embedded installation.

Each variable is described in ``docs/operations.md``.
"""

from pathlib import Path
from urllib.parse import urlsplit

from commerce.config import env, key_files, log_config

# --- The installation --------------------------------------------------------------------------------------------
COMMERCE_DATA_DIR = env.folder("COMMERCE_DATA_DIR", "var")
COMMERCE_URL = env.url("COMMERCE_URL", "https://localhost:8443")
COMMERCE_DEMO = env.flag("COMMERCE_DEMO")
COMMERCE_TEST_MODE = env.flag("COMMERCE_TEST_MODE")
COMMERCE_WORKERS = env.integer("COMMERCE_WORKERS", 1, least=1)
COMMERCE_TRUSTED_PROXIES = env.networks("COMMERCE_TRUSTED_PROXIES")
COMMERCE_COUNTRY_HEADER = env.header("COMMERCE_COUNTRY_HEADER")
COMMERCE_COUNTERS = env.counters(
    "COMMERCE_COUNTERS", "memory" if COMMERCE_WORKERS == 1 else "shared", COMMERCE_DATA_DIR
)
COMMERCE_API_RATE = env.rate("COMMERCE_API_RATE", "60/60s")
COMMERCE_API_WRITE_RATE = env.rate("COMMERCE_API_WRITE_RATE", "20/60s")
COMMERCE_API_AUTH_FAILURE_RATE = env.rate("COMMERCE_API_AUTH_FAILURE_RATE", "30/60s")
COMMERCE_API_STATEMENT_SECONDS = env.integer("COMMERCE_API_STATEMENT_SECONDS", 5)
COMMERCE_PAGE_STATEMENT_SECONDS = env.integer("COMMERCE_PAGE_STATEMENT_SECONDS", 10)
COMMERCE_LOG_DAYS = env.integer("COMMERCE_LOG_DAYS", 14, least=1)
COMMERCE_KEY_RING = env.secret("COMMERCE_KEY_RING").replace(
    ",", " "
).split() or key_files.load_key_ring(COMMERCE_DATA_DIR)

SECRET_KEY = env.secret("COMMERCE_SECRET_KEY") or key_files.load_secret_key(COMMERCE_DATA_DIR)
DEBUG = env.flag("COMMERCE_DEBUG")
ALLOWED_HOSTS = [
    *env.listing("COMMERCE_ALLOWED_HOSTS"),
    urlsplit(COMMERCE_URL).hostname or "localhost",
]
if COMMERCE_DEMO:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

# --- Django ------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "commerce.config",
    "commerce.backoffice",  # before unfold and Django's admin: its templates come first
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "commerce.audit",
    "commerce.jobs",
    "commerce.events",
    "commerce.site_settings",
    "commerce.mail",
    "commerce.accounts",
    "commerce.webhook_endpoints",
    "commerce.catalog",
    "commerce.runs",
    "commerce.domains",
    "commerce.dns",
    "commerce.hosting",
    "commerce.support",
    "commerce.billing",
    "commerce.payments",
    "commerce.orders",
    "commerce.consumers",
    "commerce.portal",
    "commerce.api",
]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000
"""The form of a zone has four fields for each of 500 records, and one for each that is to be deleted."""

MIDDLEWARE = [
    "commerce.portal.base.middleware.requests.TransportMiddleware",
    "commerce.portal.base.middleware.compression.TextCompressionMiddleware",
    "commerce.portal.base.middleware.requests.SecurityHeadersMiddleware",
    "commerce.portal.base.middleware.request_checks.RequestChecksMiddleware",
    "commerce.config.static_files.StaticFilesMiddleware",
    "commerce.portal.base.middleware.requests.TimeLimitMiddleware",
    "commerce.portal.base.middleware.session_areas.DoorSessionMiddleware",
    "commerce.portal.base.middleware.locale.GuestLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "commerce.portal.base.middleware.session_areas.OwnDoorMiddleware",
    "commerce.portal.base.middleware.impersonation.ImpersonationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "commerce.portal.base.limits.known_devices.KnownDeviceMiddleware",
    "commerce.portal.base.middleware.throttling.ThrottleMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "commerce.portal.base.middleware.session_limits.SessionLimitsMiddleware",
    "commerce.portal.shop.guest_cart.GuestCartMiddleware",
    "commerce.portal.base.middleware.locale.ReaderLocaleMiddleware",
    "commerce.backoffice.middleware.StaffAreaMiddleware",
]
_GATEWAYS = Path(__file__).resolve().parents[1] / "payments" / "gateways"
"""An adapter's folder has the template and the script of its form, too."""
ROOT_URLCONF = "commerce.config.urls"
WSGI_APPLICATION = "commerce.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": sorted(_GATEWAYS.glob("*/templates")),
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "commerce.portal.base.context_processors.page_context",
            ],
        },
    }
]
DATABASES = env.databases(COMMERCE_DATA_DIR)
DATABASE_ROUTERS = ["commerce.db.reads.ReplicaRouter"] if len(DATABASES) > 1 else []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
APPEND_SLASH = False

LANGUAGE_CODE = "en"
LANGUAGES = [  # those that have a catalog; `locale.enabled` says which of them are offered
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("nl", "Nederlands"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATICFILES_DIRS = sorted(_GATEWAYS.glob("*/static"))
STATIC_ROOT = COMMERCE_DATA_DIR / "static"
STORAGES = {"staticfiles": {"BACKEND": "commerce.config.static_files.HashedStaticFiles"}}

# --- Sign-in (accounts.md 4 to 6) --------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["commerce.accounts.auth_backend.EmailBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
PASSWORD_RESET_TIMEOUT = 60 * 60
LOGIN_URL = "/client/login"
LOGIN_REDIRECT_URL = "/client/dashboard"

# A session lives in the database and, unless it was to be remembered, as long as the browser is open; when it ends
# earlier is decided in `portal.base.middleware.session_limits`. The names of all cookies begin with `__Host-`:
# browsers then take them over
# HTTPS and from this host only, so that no neighbor on a domain above can plant one.
SESSION_ENGINE = "commerce.accounts.session_store"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-commerce_client"
COMMERCE_STAFF_COOKIE_NAME = "__Host-commerce_staff"  # below /admin, apart from the clients'
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-commerce_csrf"
LANGUAGE_COOKIE_NAME = "__Host-commerce_language"
MESSAGE_STORAGE = "commerce.portal.base.message_storage.MessageStorage"
CSRF_TRUSTED_ORIGINS = [COMMERCE_URL]
CSRF_FAILURE_VIEW = "commerce.portal.base.errors.csrf_failure"

# django-allauth keeps addresses and factors and leads from one step of a sign-in to the next. Pages, limits and mails
# are ours, so its own are off.
ACCOUNT_ADAPTER = "commerce.portal.account.sign_in.allauth_adapter.AllauthAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = (
    "none"  # asked for by `security.require_email_verification`, which staff can change
)
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1 / 24
ACCOUNT_LOGIN_TIMEOUT = 15 * 60  # from the password to the second factor
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "commerce.accounts.mfa.MfaAdapter"
MFA_RATE_LIMITS = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODE_COUNT = 8
MFA_RECOVERY_CODE_DIGITS = 10

# --- Background work: found by our own worker, or by an engine that is told of each job in its transaction ---------
COMMERCE_TASKS = env.task_engine("COMMERCE_TASKS")
if COMMERCE_TASKS:
    INSTALLED_APPS.insert(0, "procrastinate.contrib.django")  # ready before ours
    PROCRASTINATE_AUTODISCOVER_MODULE_NAME = ""
    PROCRASTINATE_IMPORT_PATHS = ["commerce.jobs.engine.carriers"]

# --- Mail: console and files in the data folder, unless COMMERCE_EMAIL_URL is set --------------------------------
MAILERS = {"default": env.mailer("COMMERCE_EMAIL_URL")}

# --- Security ----------------------------------------------------------------------------------------------------
# HTTPS itself, and what proxies may say about it, is decided in `kit.proxy_headers`, for pages and API alike.
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # e-mail addresses are unique in their lower-cased form, by a constraint that the check cannot see
    # HTTPS is enforced, and each header that these two middlewares set is set, by `portal.base.middleware.requests`
    # and `api.core.handler`:
    "security.W001",  # no SecurityMiddleware
    "security.W002",  # no XFrameOptionsMiddleware
    # Its context processor asks for permissions as Django keeps them; ours are asked by `backoffice.middleware`.
    "admin.E402",
]
SECURE_CONTENT_TYPE_NOSNIFF = True

LOGGING_CONFIG = None
log_config.configure_logging(COMMERCE_DATA_DIR / "log", keep_days=COMMERCE_LOG_DAYS)
