"""Settings in fixed sections, each with its unit; without any environment all is embedded."""

from datetime import timedelta
from pathlib import Path

import structlog
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured

import embedded
from scrm import env, log_settings

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Kind of deployment ---------------------------------------------------------------------------
# Development and demo: secrets have defaults, the sandbox plays WeCom.
DEBUG = env.flag("DEBUG", default=True)
# Kind of process: web | worker | beat | pump | command. Chooses time-outs and broker behaviour.
PROCESS_KIND = env.text("PROCESS_KIND", "command")
# The gallery of components at /gallery/.
GALLERY = DEBUG
# Business time may run ahead of real time (demo only).
DEMO_CLOCK = env.flag("DEMO_CLOCK", default=DEBUG)
if DEMO_CLOCK and not DEBUG:
    raise ImproperlyConfigured("DEMO_CLOCK cannot be on when DEBUG is off")
# Token the sandbox shows when it advances the demo clock; of no use where there is none.
DEMO_CLOCK_TOKEN = env.text("DEMO_CLOCK_TOKEN", "demo-clock")

# --- Secrets --------------------------------------------------------------------------------------
_DEVELOPMENT_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
SECRET_KEY = env.secret("SECRET_KEY", development="development-only-" + "0" * 40, debug=DEBUG)
# Encryption at rest: `id:base64 of 32 bytes`, newest first.
FIELD_KEYS = env.key_ring("FIELD_KEYS", development=f"dev:{_DEVELOPMENT_KEY}", debug=DEBUG)
# Base64 key of look-up hashes (phones); changing it orphans the hashes.
LOOKUP_HASH_KEY = env.secret("LOOKUP_HASH_KEY", development=_DEVELOPMENT_KEY, debug=DEBUG)

# --- Web ------------------------------------------------------------------------------------------
PORT = env.number("PORT", 8000)
SANDBOX_PORT = env.number("SANDBOX_PORT", 9000)
# Public address of this deployment, without a slash at the end.
PUBLIC_URL = env.text("PUBLIC_URL", f"http://127.0.0.1:{PORT}")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "*" if DEBUG else "")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
# Worker threads of one web process; each keeps one database connection.
WEB_THREADS = env.number("WEB_THREADS", 16)
ROOT_URLCONF = "scrm.urls"
WSGI_APPLICATION = "scrm.wsgi.application"
ASGI_APPLICATION = "scrm.asgi.application"
# Bytes; WeCom's callbacks are refused above this before anything reads them.
CALLBACK_MAX_BYTES = 64 * 1024
# Bearer token of /metrics; without one only this machine may read it.
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Callbacks that arrive while PostgreSQL is away wait here, fsynced, still encrypted.
SPOOL_DIR = Path(env.text("SPOOL_DIR", str(BASE_DIR / ".local" / "spool")))

# --- Apps -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "axes",
    "common",
    "wecom",
    "org",
    "customers",
    "content",
    "touches",
    "campaigns",
    "sop",
    "analytics",
    "scrm",
]
MIDDLEWARE = [
    "scrm.web.request_ids.RequestIds",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "scrm.web.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "scrm.web.answers.ToastMiddleware",
    "scrm.web.signing_in.SeenMiddleware",
    "axes.middleware.AxesMiddleware",
]
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
                "scrm.web.context.shell",
            ],
            "builtins": [
                "scrm.web.templatetags.formats",
                "scrm.web.templatetags.parts",
                "scrm.web.templatetags.people",
            ],
            # Its icons drawn once, instead of at every use.
            "libraries": {"lucide": "scrm.web.templatetags.icons"},
        },
    },
]

# --- Database -------------------------------------------------------------------------------------
# Milliseconds one statement may take, by kind of process.
_STATEMENT_TIMEOUT_MS = {"web": 5_000, "worker": 30_000, "pump": 30_000, "beat": 5_000}
_TIMEOUT_OPTIONS = (
    f" -c statement_timeout={_STATEMENT_TIMEOUT_MS[PROCESS_KIND]}"
    " -c idle_in_transaction_session_timeout=60000"
    if PROCESS_KIND in _STATEMENT_TIMEOUT_MS
    else ""
)
# A page's statement is short: to begin processes that help with it costs more than it does.
_HELP_OPTION = " -c max_parallel_workers_per_gather=0" if PROCESS_KIND == "web" else ""
# Prepared statements (`common.sql.Prepared`) are planned once for all values.
_SESSION_OPTIONS = f"-c plan_cache_mode=force_generic_plan{_TIMEOUT_OPTIONS}{_HELP_OPTION}"
DATABASES = {
    "default": {
        **env.database(env.text("DATABASE_URL", embedded.database_url())),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": PROCESS_KIND != "web",
        "OPTIONS": {
            "connect_timeout": 3,
            "options": _SESSION_OPTIONS,
            "application_name": f"scrm {PROCESS_KIND}",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis and Celery: bells only, never truth ----------------------------------------------------
REDIS_URL = env.text("REDIS_URL", embedded.redis_url())
# Which queue a bell goes to; anything not named goes to `bulk`. The welcome has one to itself: its
# code lives 20 s, and each of the others may keep a worker for a pump's whole budget. So have mass
# messages: their calls are slow, and their slot is not to wait behind a synchronisation.
BELL_QUEUES = {
    "scrm.welcome": "welcome",
    "scrm.intake": "fast",
    "scrm.dispatch_events": "fast",
    "scrm.advance_journeys": "fast",
    "scrm.slot_touches": "fast",
    "scrm.send_staff_messages": "fast",
    "scrm.send_mass": "mass",
    "scrm.mass_results": "mass",
}
# Only workers wait for the broker; whoever rings goes on without it.
_IS_WORKER = PROCESS_KIND == "worker"
CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_RESULT_BACKEND = None
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_DEFAULT_QUEUE = "bulk"
CELERY_TASK_TIME_LIMIT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 2_000
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
# A worker keeps its connection: with a new one for every bell, what PostgreSQL knows of tables and
# prepared statements would be read anew each time, for longer than most bells take to answer.
CELERY_DB_REUSE_MAX = 1_000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 60,
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "health_check_interval": 5,
    }
    if _IS_WORKER
    else {"socket_timeout": 0.2, "socket_connect_timeout": 0.2, "max_retries": 0}
)
# Every second beat rings what a lost bell left; two beats may run. `expires`: seconds until a bell
# that nobody has answered is rung again.
_EVERY_SECOND = (
    "scrm.welcome",
    "scrm.intake",
    "scrm.dispatch_events",
    "scrm.advance_journeys",
    "scrm.slot_touches",
    "scrm.send_staff_messages",
    "scrm.refresh_customers",
    "scrm.send_mass",
)
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    name: {"task": name, "schedule": 1.0, "options": {"expires": 3}} for name in _EVERY_SECOND
} | {
    "scrm.sync": {"task": "scrm.sync", "schedule": 5.0, "options": {"expires": 10}},
    "scrm.jobs": {"task": "scrm.jobs", "schedule": 5.0, "options": {"expires": 10}},
    "scrm.mass_results": {
        "task": "scrm.mass_results",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
    "scrm.fold_figures": {
        "task": "scrm.fold_figures",
        "schedule": 10.0,
        "options": {"expires": 20},
    },
    "scrm.push_channel_codes": {
        "task": "scrm.push_channel_codes",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "scrm.maintain": {"task": "scrm.maintain", "schedule": 60.0, "options": {"expires": 60}},
    "scrm.start_sweep": {
        "task": "scrm.start_sweep",
        "schedule": crontab(hour="2", minute="40"),
        "options": {"expires": 3_600},
    },
}
CELERY_BEAT_SCHEDULER = "scrm.tasks.alive:BeatingScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(BASE_DIR / ".local" / "celerybeat-schedule")

# --- WeCom ----------------------------------------------------------------------------------------
_SANDBOX_URL = f"http://127.0.0.1:{SANDBOX_PORT}"
# Addresses of the API, of OAuth inside WeChat and WeCom, and of the web login.
WECOM_API_BASE_URL = env.text(
    "WECOM_API_BASE_URL", _SANDBOX_URL if DEBUG else "https://qyapi.weixin.qq.com"
)
WECOM_OAUTH_BASE_URL = env.text(
    "WECOM_OAUTH_BASE_URL", _SANDBOX_URL if DEBUG else "https://open.weixin.qq.com"
)
WECOM_LOGIN_BASE_URL = env.text(
    "WECOM_LOGIN_BASE_URL", _SANDBOX_URL if DEBUG else "https://login.work.weixin.qq.com"
)
# Stands in for the hosts of WeCom's pictures; empty: pictures are read where WeCom says.
WECOM_PICTURE_BASE_URL = env.text("WECOM_PICTURE_BASE_URL", _SANDBOX_URL if DEBUG else "")
# Seconds to connect and to wait for an answer.
WECOM_CONNECT_SECONDS = 3
WECOM_READ_SECONDS = 8
# Calls inside a database transaction are refused; only tests that wrap everything may allow them.
WECOM_ALLOW_IN_TRANSACTION = False

# --- Posters --------------------------------------------------------------------------------------
# File of a font with Chinese characters; empty: one of the usual ones is looked for.
POSTER_FONT = env.text("POSTER_FONT", "")

# --- Sending --------------------------------------------------------------------------------------
# Seconds a claimed call belongs to its worker, and the wait before an ambiguous one is looked at.
DISPATCH_LEASE_SECONDS = env.number("DISPATCH_LEASE_SECONDS", 60)
DISPATCH_SETTLE_SECONDS = env.number("DISPATCH_SETTLE_SECONDS", 30)
# How often a mass message is sent again that WeCom's list does not show; 0 where nobody has
# measured how far that list lags behind.
DISPATCH_MASS_RESENDS = env.number("DISPATCH_MASS_RESENDS", 1)
# Seconds one run of a pump may take before it gives the worker back.
PUMP_BUDGET_SECONDS = env.number("PUMP_BUDGET_SECONDS", 8)

# --- Sign-in --------------------------------------------------------------------------------------
AUTH_USER_MODEL = "org.User"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "scrm.web.backends.AccountBackend",
]
# Sessions lie in PostgreSQL; seconds from the sign-in until the next one is asked for.
SESSION_ENGINE = "scrm.web.sessions"
SESSION_COOKIE_AGE = 7 * 24 * 3_600
# Admins need an authenticator besides the password.
TOTP_REQUIRED_FOR_ADMINS = env.flag("TOTP_REQUIRED_FOR_ADMINS", default=not DEBUG)
# Wrong passwords of one account from one address until both wait, and minutes they wait; kept in
# PostgreSQL, so that Redis has no part in it.
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "scrm.console.sign_in.views.locked_out"
AXES_CLIENT_IP_CALLABLE = "scrm.web.addresses.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# The audit log tells of sign-ins; the Django admin shows rare tables only.
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SESSION_COOKIE_NAME = "sessionid" if DEBUG else "__Host-sessionid"
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
# Not `no-referrer`: browsers then send forms without an origin, which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ("/admin/",),
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
    },
}

# --- API ------------------------------------------------------------------------------------------
# Requests one token may make in a minute.
API_REQUESTS_A_MINUTE = env.number("API_REQUESTS_A_MINUTE", 600)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "scrm.web.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "scrm.api.v1.schema_class.ApiSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "微域 SCRM open API",
    "DESCRIPTION": "Customers and their events, tags, journeys, touches, channel codes, content.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "scrm.api.v1.schema.add_what_all_share",
    ],
    "ENUM_NAME_OVERRIDES": {
        "JourneyStateEnum": "sop.models.Journey.State",
        "RunStateEnum": "sop.models.JourneyRun.State",
        "StepLogKindEnum": "sop.models.StepLog.Kind",
        "TouchStateEnum": "touches.models.Touch.State",
        "IdentifierKindEnum": "customers.identifiers.Kind",
        "MaterialKindEnum": "content.models.Material.Kind",
        "DispatchKindEnum": "touches.models.Dispatch.Kind",
        "DispatchStateEnum": "touches.models.Dispatch.State",
        "MassTaskStateEnum": "touches.models.MassTask.State",
    },
}

# --- Language, time, files ------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "scrm.formats"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".local" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "scrm.web.vendor.VendorFinder",
]
# Production: names carry a hash of the content, and files lie there compressed once collected.
HASHED_STATIC = env.flag("HASHED_STATIC", default=not DEBUG)
_STATIC_STORAGE = "HashedStorage" if HASHED_STATIC else "PlainStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": f"scrm.web.static_files.{_STATIC_STORAGE}"},
}
# In development files are found where they lie, without collecting them first.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# --- Logs -----------------------------------------------------------------------------------------
# `console` for people, `json` for machines.
LOG_FORMAT = env.text("LOG_FORMAT", "console" if DEBUG else "json")
LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
LOGGING = log_settings.configuration(LOG_FORMAT, LOG_LEVEL)
structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())
