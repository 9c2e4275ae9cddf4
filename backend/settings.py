"""Django's settings. Everything that differs between machines comes from the environment.

DATABASE_URL and REDIS_URL name the services; where they are absent, `EVENKEEL_DATA/service.json`
(written by `manage.py demo`) tells where the embedded ones listen.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("EVENKEEL_DATA", BASE_DIR / ".evenkeel")).resolve()


def _service(name: str, default: str) -> str:
    """The environment's word, else what the running embedded stack wrote down, else the default."""
    if name in os.environ:
        return os.environ[name]
    try:
        written = json.loads((DATA_DIR / "service.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        written = {}
    return str(written.get(name, default))


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes"}


DATABASE_URL = _service("DATABASE_URL", "postgresql:///evenkeel")
REDIS_URL = _service("REDIS_URL", "redis://127.0.0.1:6379/0")
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)

# Only a throw-away key stands in for a missing one; `check --deploy` demands a real one.
SECRET_KEY = _service("EVENKEEL_SECRET_KEY", "insecure-" + "x" * 50)
DEBUG = _flag("EVENKEEL_DEBUG")
ALLOWED_HOSTS = os.environ.get("EVENKEEL_HOSTS", "127.0.0.1,localhost,testserver").split(",")
CSRF_TRUSTED_ORIGINS = [o for o in os.environ.get("EVENKEEL_ORIGINS", "").split(",") if o]
HTTPS = _flag("EVENKEEL_HTTPS")

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "channels",
    "backend.core",
    "backend.accounts",
    "backend.ledger",
    "backend.patients",
    "backend.agenda",
    "backend.notices",
    "backend.streams",
    "backend.regimens",
    "backend.surveys",
    "backend.visits",
    "backend.messages",
    "backend.omics",
    "backend.imports",
    "backend.insights",
    "backend.alerts",
    "backend.guidance",
    "backend.sms",
    "backend.sync",
    "backend.desk",
    "backend.portal",
    "backend.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "backend.core.middleware.zipped_answers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "backend.core.middleware.private_responses",
    "backend.desk.middleware.desk_policy",
    "axes.middleware.AxesMiddleware",
]

# What a phone's sync needs of it; see wsgi.py.
EVENKEEL_PHONE_MIDDLEWARE = {
    "django.middleware.security.SecurityMiddleware",
    "backend.core.middleware.zipped_answers",
    "django.middleware.common.CommonMiddleware",
    "backend.core.middleware.private_responses",
}

ROOT_URLCONF = "backend.urls"
WSGI_APPLICATION = "backend.wsgi.application"
ASGI_APPLICATION = "backend.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def _database(url: str) -> dict[str, Any]:
    parts = conninfo_to_dict(url)
    options: dict[str, Any] = {k: v for k, v in parts.items() if k in {"sslmode", "sslrootcert"}}
    # Never by count; core.statements asks for it by name, which None would forbid.
    options["prepare_threshold"] = sys.maxsize
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "evenkeel"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 600,
        "ATOMIC_REQUESTS": True,  # an access and its ledger entry stand or fall together
        "OPTIONS": options,
    }


DATABASES = {"default": _database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_RULES = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": _RULES + "MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": _RULES + "CommonPasswordValidator"},
    {"NAME": _RULES + "UserAttributeSimilarityValidator"},
]
# Name and address together: a stranger's guesses must not lock the nurse out.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.5
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Files are taken by the desk's import page alone.
FILE_UPLOAD_HANDLERS = ["backend.imports.receiving.Receiver"]
EVENKEEL_IMPORT_MOST_BYTES = int(os.environ.get("EVENKEEL_IMPORT_MOST_MB", "1024")) << 20

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
# Production collects static files here; without it whitenoise finds them in the packages.
STATIC_ROOT = os.environ.get("EVENKEEL_STATIC") or None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "backend.patients.phones.PhoneAuthentication",
        "backend.accounts.authentication.StaffSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["backend.core.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"enrol": os.environ.get("EVENKEEL_ENROL_RATE", "20/min")},
    "EXCEPTION_HANDLER": "backend.core.api.draw_problem",
    "NUM_PROXIES": int(os.environ.get("EVENKEEL_PROXIES", "0")),
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Evenkeel",
    "DESCRIPTION": "Patient-engagement platform for personalised medicine.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/",  # the gateway's door is none of it
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
}

CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL]},
    }
}

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}
}

EVENKEEL_CLINICAL_RULES = _flag("EVENKEEL_CLINICAL_RULES", default=True)
# Ways beyond the app, comma-separated: apprise's URLs, or log://.
EVENKEEL_APPRISE_URLS = [u for u in os.environ.get("EVENKEEL_APPRISE_URLS", "").split(",") if u]
EVENKEEL_SMS_URLS = [u for u in os.environ.get("EVENKEEL_SMS_URLS", "").split(",") if u]
# Answers by text: the gateway's secrets (several while one is changed), the address it calls as
# the gateway has it, and whom a patient may call.
EVENKEEL_SMS_TOKENS = [t for t in os.environ.get("EVENKEEL_SMS_TOKENS", "").split(",") if t]
EVENKEEL_SMS_WEBHOOK = os.environ.get("EVENKEEL_SMS_WEBHOOK", "")
EVENKEEL_CARE_PHONE = os.environ.get("EVENKEEL_CARE_PHONE", "")
# Change it after putting back a cold copy of the database: every phone then starts over.
EVENKEEL_EPOCH = _service("EVENKEEL_EPOCH", "")
EVENKEEL_WS_URL = _service("EVENKEEL_WS_URL", "")
EVENKEEL_PROBES = {
    "database": "backend.core.health.database",
    "migrations": "backend.core.health.migrations",
    "redis": "backend.core.broker.probe",
    "worker": "backend.core.health.worker",
    "pump": "backend.core.health.pump",
    "agenda": "backend.agenda.queries.probe",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no_query": {"()": "backend.core.logs.DropQueryStrings"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no_query"]}
    },
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "evenkeel": {"level": "INFO"},
        "apprise": {"level": "CRITICAL"},  # its warnings name the number; the delivery keeps why
    },
}

_TEALS = {
    50: "#f0fdfa", 100: "#ccfbf1", 200: "#99f6e4", 300: "#5eead4", 400: "#2dd4bf", 500: "#14b8a6",
    600: "#0d9488", 700: "#0f766e", 800: "#115e59", 900: "#134e4a", 950: "#042f2e",
}  # fmt: skip
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Evenkeel",
    "SITE_HEADER": "Evenkeel",
    "SITE_SYMBOL": "sailing",
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"primary": {str(weight): colour for weight, colour in _TEALS.items()}},
}
