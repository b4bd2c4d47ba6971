"""All settings, in one file. Everything an owner may change comes from the environment, read by ``env``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from core import env, home
from dylumo_site.ops import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
HOME = home.home()
"""Where this copy keeps its data: database, Redis, media, models, rendered music, secret key."""

home.keep_private()

DEBUG = env.flag("DYLUMO_DEBUG")
SECRET_KEY = env.text("DYLUMO_SECRET_KEY") or home.secret_key()
ALLOWED_HOSTS = env.words("DYLUMO_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.words("DYLUMO_ORIGINS")
BEHIND_TLS = env.flag("DYLUMO_TLS")
ADDRESS = env.text("DYLUMO_ADDRESS", "127.0.0.1")
LOOPBACK = {"127.0.0.1", "localhost", "::1"}

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "dylumo_site",
    "accounts",
    "accounts.connections.providers.spotify",
    "accounts.connections.providers.google",
    "accounts.connections.providers.soundcloud",
    "recommender",
    "feedback",
    "agents",
    "lab",
]

MIDDLEWARE = [
    "core.http.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "dylumo_site.compression.CompressionMiddleware",
    "core.http.PolicyMiddleware",
    "recommender.library.player_policy.PlayerPolicyMiddleware",
    "core.http.PlainAddressMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "dylumo_site.health.HealthMiddleware",
    "dylumo_site.metrics.MetricsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "core.http.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.second_factors.SecondFactorMiddleware",
    "accounts.guests.PersonMiddleware",
    "accounts.throttling.ThrottleMiddleware",
    "core.http.ErrorMiddleware",
]

ROOT_URLCONF = "dylumo_site.urls"
ASGI_APPLICATION = "dylumo_site.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["dylumo_site.templatetags.ui", "django.templatetags.i18n"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

DATABASES: dict[str, dict[str, Any]] = {"default": embedded.database_settings()}
REDIS_URL = embedded.redis_url()
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
CHANNEL_PREFIX = f"dylumo{embedded.redis_number()}"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS_URL], "prefix": CHANNEL_PREFIX},
    }
}

CELERY_BROKER_URL = embedded.broker_url()
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {name: {"queue": "models"} for name in ("agents.tasks.run_turn", "agents.tasks.warm_up")}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_keepalive": True}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "agents.tasks.sweep", "schedule": 3.0, "options": {"expires": 3}},
    "refresh lists": {"task": "agents.tasks.refresh_lists", "schedule": 60.0, "options": {"expires": 60}},
    "forget idle guests": {"task": "accounts.tasks.forget_idle_guests", "schedule": 6 * 3600.0},
    "mark ending permissions": {"task": "accounts.tasks.mark_ending_permissions", "schedule": 24 * 3600.0},
    "forget expired pictures": {"task": "recommender.tasks.forget_expired_pictures", "schedule": 6 * 3600.0},
    "refresh libraries": {"task": "recommender.tasks.refresh_libraries", "schedule": 6 * 3600.0},
    "forget expired copies": {"task": "recommender.tasks.forget_expired_copies", "schedule": 6 * 3600.0},
    "forget expired listings": {"task": "recommender.tasks.forget_expired_listings", "schedule": 6 * 3600.0},
    "keep samples": {"task": "agents.tasks.keep_samples", "schedule": 15.0, "options": {"expires": 15}},
    "back up": {"task": "dylumo_site.tasks.back_up", "schedule": 3600.0, "options": {"expires": 3600}},
    "tend the full tier": {"task": "recommender.tasks.tend_full_tier", "schedule": 60.0, "options": {"expires": 60}},
    "sweep_jobs": {"task": "recommender.tasks.sweep_jobs", "schedule": 15.0, "options": {"expires": 15}},
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

EMAIL_URL_HOST = env.text("DYLUMO_SMTP_HOST")
EMAIL_HOST = EMAIL_URL_HOST or "localhost"
EMAIL_PORT = env.integer("DYLUMO_SMTP_PORT", 587, low=1, high=65535)
EMAIL_HOST_USER = env.text("DYLUMO_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("DYLUMO_SMTP_PASSWORD")
EMAIL_USE_TLS = env.flag("DYLUMO_SMTP_TLS", True)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DYLUMO_MAIL_FROM", "Dylumo <dylumo@localhost>")
# Without a mail server, letters are written to files the owner can read, and nobody is locked out waiting for one.
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_URL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = HOME / "mail"

ACCOUNT_ADAPTER = "accounts.allauth_adapters.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if EMAIL_URL_HOST else "optional"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Dylumo: "
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_ADAPTER = "accounts.allauth_adapters.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False  # allauth would keep them readable; accounts.connections.credentials seals them
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
MFA_ADAPTER = "accounts.second_factors.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Where no mail can be sent no address is ever verified, and a second factor must not wait for that.
MFA_ALLOW_UNVERIFIED_EMAIL = not EMAIL_URL_HOST
MFA_TOTP_ISSUER = "Dylumo"
USERSESSIONS_TRACK_ACTIVITY = True
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_TLS
SESSION_COOKIE_HTTPONLY = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SECURE_HSTS_SECONDS = env.integer("DYLUMO_HSTS_DAYS", 30, low=0) * 86400 if BEHIND_TLS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("it", "Italiano"),
    ("pt", "Português"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = BEHIND_TLS
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
STATIC_ROOT = HOME / "static"
"""The site's own files as ``dylumo_site.static_files`` built them; all others are served straight from the apps."""
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = HOME / "media"
MEDIA_URL = "/media/"

S3_BUCKET = env.text("DYLUMO_S3_BUCKET")
"""Where photos and songs are kept instead of MEDIA_ROOT, for sites on more than one machine."""
STORAGES = {
    "default": {
        "BACKEND": "dylumo_site.bucket.Bucket",
        "OPTIONS": {
            "bucket_name": S3_BUCKET,
            "endpoint_url": env.text("DYLUMO_S3_ENDPOINT") or None,
            "region_name": env.text("DYLUMO_S3_REGION", "us-east-1"),
            "access_key": env.text("DYLUMO_S3_KEY") or None,  # without keys, as boto3 finds them (a machine's role)
            "secret_key": env.text("DYLUMO_S3_SECRET") or None,
            "location": env.text("DYLUMO_S3_FOLDER"),
        },
    }
    if S3_BUCKET
    else {"BACKEND": "core.storage.WholeFiles"},
    "staticfiles": {"BACKEND": "dylumo_site.static_files.BuiltFiles"},
}

METRICS_TOKEN = env.text("DYLUMO_METRICS_TOKEN")
"""Who sends it may read /metrics; without one, programs on this machine may, where no proxy stands before the site."""

OTLP_ENDPOINT = env.text("DYLUMO_OTLP_ENDPOINT")
"""Where traces of requests are sent, such as http://127.0.0.1:4318; empty: nowhere."""

UPLOAD_BYTES_LIMIT = env.integer("DYLUMO_UPLOAD_MB", 25, low=1, high=200) * 1024 * 1024
MIGRATION_DUMPS = env.integer("DYLUMO_MIGRATION_DUMPS", 3, low=0)
"""How many dumps of the database are kept of those made before its tables change; 0: none is made."""
BACKUP_HOURS = env.integer("DYLUMO_BACKUP_HOURS", 0, low=0)
"""A backup is made whenever the newest is older; 0: none by the clock."""
BACKUP_KEEP = env.integer("DYLUMO_BACKUP_KEEP", 7, low=1)
BACKUP_FOLDER = env.folder("DYLUMO_BACKUP_DIR", HOME / "backups")
BACKUP_PASSPHRASE = env.text("DYLUMO_BACKUP_PASSPHRASE")

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS, FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o600, 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TOKEN_KEYS = env.words("DYLUMO_TOKEN_KEYS")
"""Keys that seal stored permissions, the newest first; without any, those in the file token_keys of HOME."""
SERVICE_APPS = {
    service: (env.text(f"DYLUMO_{name}_CLIENT_ID"), env.text(f"DYLUMO_{name}_CLIENT_SECRET"))
    for service, name in (("spotify", "SPOTIFY"), ("youtube", "GOOGLE"), ("soundcloud", "SOUNDCLOUD"))
}
"""The owner's own registration at each service; what is empty may be set in the admin instead."""
OAUTH_ENDPOINTS: dict[str, dict[str, str]] = {}
"""Other addresses than accounts.connections.services names, as {service: {authorize|token|profile|revoke: URL}}:
for tests."""
ALLOW_PRIVATE_SERVERS = env.flag("DYLUMO_ALLOW_PRIVATE_SERVERS", ADDRESS in LOOPBACK and not BEHIND_TLS)
"""Whether people may connect music servers inside the network that this copy runs in; by default only where nobody
but the people at this machine can ask it to."""

STAFF_SECOND_FACTOR = env.flag("DYLUMO_STAFF_SECOND_FACTOR")
"""Whether staff need a second factor for anything but their own account's pages."""
SIGNUP = env.choice("DYLUMO_SIGNUP", ("open", "invite", "closed"))
"""Who may make an account: everybody, whoever has a link of ``bin/run invite``, nobody."""
INVITATION_DAYS = 14
GUESTS = env.flag("DYLUMO_GUESTS", True)
"""Whether visitors may use the site without an account."""
GUEST_DAYS = env.integer("DYLUMO_GUEST_DAYS", 30, low=1)
PICTURE_DAYS = env.integer("DYLUMO_PICTURE_DAYS", 365, low=1)
STRATEGY = env.text("DYLUMO_STRATEGY", "hierarchical")
LEARNER = env.choice("DYLUMO_LEARNER", ("hybrid", "profile", "bandit", "company", "none"))
EXPLORE = env.number("DYLUMO_EXPLORE", 0.0, low=0.0, high=0.3)
AGENT_MODEL = env.text("DYLUMO_AGENT_MODEL", "rules")
AGENT_MODEL_URL = env.text("DYLUMO_AGENT_URL")
AGENT_MODEL_KEY = env.text("DYLUMO_AGENT_KEY")
ANNOTATE_TOKENS = env.integer("DYLUMO_ANNOTATE_TOKENS", 200_000, low=0)
ANNOTATE_REQUESTS = env.integer("DYLUMO_ANNOTATE_REQUESTS", 100, low=0)
"""What one job that asks the language model about unknown tracks may spend."""
AGENT_MODEL_SECONDS = env.integer("DYLUMO_AGENT_SECONDS", 8, low=1, high=120)
DEMO_LIBRARY = env.flag("DYLUMO_DEMO", False)
"""Whether the demonstration music is rendered beside the songs of the box."""
BOX_MUSIC = env.flag("DYLUMO_MUSIC", True)
"""Whether the pieces of the box that play without a network are in the catalogue."""
SONGS = env.flag("DYLUMO_SONGS", True)
"""Whether the editor's songs are in the catalogue."""
SAMPLE_LISTS = env.flag("DYLUMO_SAMPLES", True)
"""Whether the first page shows lists that this copy makes for its sample photos."""
MODEL_TIER = env.text("DYLUMO_TIER")
FETCH_MODELS = env.flag("DYLUMO_FETCH_MODELS", True)
FETCH_FULL = env.flag("DYLUMO_FETCH_FULL", True)
"""Whether the full tier's picture model is fetched too, where there is room for it."""
MODELS_URL = env.text("DYLUMO_MODELS_URL")
PORT = env.integer("DYLUMO_PORT", 8000, low=1, high=65535)
MODEL_WORKERS = env.integer("DYLUMO_MODEL_WORKERS", 1, low=1, high=64)
WEB_WORKERS = env.integer("DYLUMO_WEB_WORKERS", 1, low=1, high=64)

UNFOLD = {
    "SITE_TITLE": "Dylumo",
    "SITE_HEADER": "Dylumo",
    "SITE_SUBHEADER": "How it goes, and what to try next",
    "SITE_ICON": lambda _request: "/static/favicon.svg",
    "DASHBOARD_CALLBACK": "dylumo_site.dashboard.fill",
    "STYLES": [lambda _request: "/static/admin.css"],
    "SIDEBAR": {"show_all_applications": False, "navigation": "dylumo_site.navigation.sidebar"},
}

SERVICE_ENDPOINTS: dict[str, str] = env.pairs("DYLUMO_SERVICE_ENDPOINTS")
"""Other addresses for music services, by name; without one, each adapter's own."""
STAND_IN_PACE = env.integer("DYLUMO_STAND_IN_PACE", 0, low=0)
"""Requests a second that services at such other addresses are asked; 0: as many as the services themselves."""
KEYLESS_SERVICES = env.words(
    "DYLUMO_KEYLESS", ["deezer", "itunes", "musicbrainz", "archive", "listenbrainz"], may_be_none=True
)
"""Services that everybody's searches are sent to; none of them needs a key."""
YTMUSIC = env.flag("DYLUMO_YTMUSIC")
CONTACT = env.text("DYLUMO_CONTACT", "a self-hosted copy")
"""How a music service's operator may reach whoever runs this copy: an address or a page, sent with each request."""

RATES = {
    "ask": env.integer("DYLUMO_API_ASKS_A_MINUTE", 30, low=1),  # each costs a worker's time
    "change": env.integer("DYLUMO_API_CHANGES_A_MINUTE", 120, low=1),
    "read": env.integer("DYLUMO_API_READS_A_MINUTE", 600, low=1),
    "guess": 10,  # at the password of a shared list
}
"""How often a minute one person may do what, on the pages and by the API each."""
ADDRESS_SHARE = env.integer("DYLUMO_ADDRESS_SHARE", 4, low=1)
"""How many times as often all people behind one address may, together."""

OPEN_TURNS = env.integer("DYLUMO_OPEN_TURNS", 5, low=1)
"""Requests of one person that may be waited for or worked on at a time."""
OPEN_LINES = env.integer("DYLUMO_OPEN_LINES", 30, low=1)
"""Pages and programs of one person that may follow events at a time."""
PERSON_BYTES = env.integer("DYLUMO_PERSON_MB", 2000, low=1) * 1024 * 1024
"""What the photos and songs of one person may take."""

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.PersonAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "agents.api.paging.Pages",
    "DEFAULT_PARSER_CLASSES": [
        "agents.api.parsing.ShallowJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "PAGE_SIZE": 50,
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.PersonThrottle"],
    "DEFAULT_THROTTLE_RATES": {scope: f"{rate}/min" for scope, rate in RATES.items()},
    "NUM_PROXIES": 0,  # visitors are told apart by their address as the web server gives it, never by a header
    "EXCEPTION_HANDLER": "agents.api.errors.respond",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Dylumo",
    "DESCRIPTION": "Pictures and words in, explained lists of music out. Everything the pages can do.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,  # an upload is a file when it is sent
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "agents.api.errors.describe",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

LOG = [word.upper() for word in env.words("DYLUMO_LOG")]
"""``json`` for one object a line, and from which level on."""
if unknown := set(LOG) - {"JSON", *logging.getLevelNamesMapping()}:
    raise env.EnvError(f"DYLUMO_LOG has {', '.join(sorted(unknown))}. Use json, or a level such as INFO, or both.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "core.log_lines.TokenFreeFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
        "json": {"()": "core.log_lines.JsonLines"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json" if "JSON" in LOG else "line"},
    },
    "root": {"handlers": ["stderr"], "level": next((word for word in LOG if word != "JSON"), "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "dylumo.requests": {"level": "INFO" if "JSON" in LOG else "WARNING"},  # a line a request is for programs
        "httpx": {"level": "WARNING"},
        "spotipy": {"level": "CRITICAL"},  # it writes tokens and the service's own words
        # one line for each of the sweeps that run every few seconds would hide everything else
        "celery.beat": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
