"""One settings file for every mode; what differs is read from the environment (see env.py and .env.example)."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.utils.translation import gettext_lazy as _
from kombu import Exchange, Queue

from digests.tracking import esps
from newsroom import (
    admin_look,
    database_url,
    local_servers,
    logs,
    mail_ways,
    queues,
    redis_url,
    sign_ups,
    site_url,
    timetable,
)
from newsroom.env import Environment
from subscriptions import installation

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment(BASE_DIR)
MODE = env.mode
STATE_DIR = env.state_dir
DEBUG = env.flag("DEBUG", default=MODE == "development")

# --- Keys -----------------------------------------------------------------------------------------
SECRET_KEY = env.key("SECRET_KEY")
# The first signs, all verify: a link in a mail of two years ago still works after a rotation.
LINK_KEYS = env.key("LINK_KEYS").replace(",", " ").split()
# Permanent: the suppression list is keyed by it (subscriptions/mailing/suppression.py proves it unchanged).
SUPPRESSION_KEY = env.key("SUPPRESSION_KEY")

# --- Where the site is ----------------------------------------------------------------------------
_site = site_url.parse(env.text("SITE_URL", None if env.is_production else "http://127.0.0.1:8000"))
SITE_URL = _site.url
ALLOWED_HOSTS = [
    _site.host,
    *map(
        site_url.allowed_host,
        env.words("ALLOWED_HOSTS", "" if env.is_production else "127.0.0.1 localhost"),
    ),
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "newsroom.error_pages.stale_form"
ROOT_URLCONF = "newsroom.urls"
WSGI_APPLICATION = "newsroom.wsgi.application"

# Threads of a web process that answer at the same time (newsroom/front.py).
WEB_THREADS = env.number("WEB_THREADS", 16, least=2)

# --- Servers --------------------------------------------------------------------------------------
LOCAL_SERVERS_DIR = BASE_DIR / "var" / ("local-servers-test" if MODE == "test" else "local-servers")
_servers = local_servers.locate(LOCAL_SERVERS_DIR)
_redis_number = {"production": 0, "development": 1, "demo": 2, "test": 3}[MODE]
DATABASE_URL = env.text(
    "DATABASE_URL", None if env.is_production else _servers.database_url_for(f"newsroom_{MODE}")
)
_redis = redis_url.parse(
    env.text("REDIS_URL", None if env.is_production else _servers.redis_url_for(_redis_number))
)
REDIS_URL = _redis.url
# manage.py, the workers and the web server start or join these servers before they use them.
NEEDS_LOCAL_SERVERS = not env.is_production and not (
    env.text("DATABASE_URL", "") and env.text("REDIS_URL", "")
)

if not env.is_production and not env.text("DATABASE_URL", ""):
    local_servers.forget_terminal()
DATABASES = {"default": database_url.database(DATABASE_URL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Which installation this is, wherever several meet: in Redis, and in what the site says of itself.
INSTALLATION = installation.mark(SUPPRESSION_KEY)
_redis_prefix = installation.redis_prefix(INSTALLATION, DATABASES["default"]["NAME"])

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": f"{_redis_prefix}cache",
    }
}

# --- Celery: a message is a doorbell ---------------------------------------------------------------
CELERY_BROKER_URL = _redis.broker_url
CELERY_BROKER_USE_SSL = _redis.broker_tls
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 15,
    "global_keyprefix": _redis_prefix,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_WORKER_CONSUMER = "newsroom.consuming:PatientConsumer"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = queues.DEFAULT
# What a worker without --queues serves: all of it.
QUEUES = queues.ALL
CELERY_TASK_QUEUES = [Queue(name, Exchange(name), routing_key=name) for name in QUEUES]
CELERY_TASK_ROUTES = queues.ROUTES
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "UTC"
TICK_SECONDS = 10
# Where nobody has rung for so long, workers do what the tick would have done.
TICK_PATIENCE_SECONDS = 30
CELERY_BEAT_SCHEDULE = timetable.timetable(TICK_SECONDS)
CELERY_BEAT_SCHEDULER = "newsroom.beating:BellRinger"


# --- Mail -----------------------------------------------------------------------------------------
MAIL_ROUTES = mail_ways.mail_routes(env)
# Where bounces of digests come back to; each reader's own return path is made from it.
BOUNCE_ADDRESS = env.text("BOUNCE_ADDRESS", "")
# What proves that a post to /webhooks/… is an ESP's (digests/tracking/esps.py): by the variable's name.
WEBHOOK_KEYS = {name: env.text(name, "") for name in esps.variables()}
SNS_SOURCE = "digests.tracking.sns_source.fetch"
if env.is_production:
    mail_ways.refuse_forgeable_events(MAIL_ROUTES, WEBHOOK_KEYS)
EMAIL_BACKEND = MAIL_ROUTES["letters"].backend
DEFAULT_FROM_EMAIL = SERVER_EMAIL = f"newsroom@{installation.mail_host(SITE_URL)}"

# --- Delivery -------------------------------------------------------------------------------------
# How long a batch stays with a worker that says nothing: a killed one's readers wait so long.
LEASE_SECONDS = env.seconds("LEASE_SECONDS", 60)
# A transaction whose process says nothing for so long is rolled back by the database: others wait for its rows.
HANGS_AFTER_SECONDS = max(LEASE_SECONDS, 10)

# --- Sign-ups -------------------------------------------------------------------------------------
# Proxies in front of us that write X-Forwarded-For, counted from the right; 0 believes nobody.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
DISPOSABLE_ADDRESSES = sign_ups.disposable_addresses(env)
# How long a request is kept after its link has run out, for “sign up again” with what was chosen.
UNCONFIRMED_DAYS = env.number("UNCONFIRMED_DAYS", 30)
LETTER_DAYS = env.number("LETTER_DAYS", 30, least=7)
SIGN_UP_LIMITS = sign_ups.limits(env)

# --- Consent --------------------------------------------------------------------------------------
# What a consent row keeps of an IP address.
CONSENT_IP = sign_ups.consent_ip(env)
# How long: an IP address defends a consent that is disputed, which happens soon or never.
CONSENT_IP_DAYS = env.number("CONSENT_IP_DAYS", 365, least=1)
# Readers who are gone for good, with the proof of their consents: three years, in which claims are usually barred.
LEFT_DAYS = env.number("LEFT_DAYS", 3 * 365, least=30)
# Where mails that ask to leave arrive: List-Unsubscribe then names it beside the link (manage.py read_unsubscribes).
UNSUBSCRIBE_ADDRESS = env.text("UNSUBSCRIBE_ADDRESS", "")

# --- What may be fetched --------------------------------------------------------------------------
FETCH_ALLOW = frozenset(env.words("FETCH_ALLOW"))
# Whether the sender's domain publishes SPF and DMARC records, and in a warm-up who takes mail for readers' domains.
ASK_DNS = env.flag("ASK_DNS", default=env.is_production)

# Only for a demo that plays an old feed: a story's age counts from the newest one, not from now.
AGES_FROM_NEWEST_STORY = MODE == "demo" and env.flag("AGES_FROM_NEWEST_STORY", default=False)

# --- Apps -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "newsroom",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "anymail",
    "subscriptions",
    "digests",
]
MIDDLEWARE = [
    "newsroom.health.probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "newsroom.csp.ContentPolicy",
    "newsroom.staff_sessions.StaffSessions",
    "newsroom.page_language.page_language",
    "newsroom.bodies.bodies_in_measure",  # its refusal of a form is a page in the reader's language
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "newsroom.staff_sessions.StaffLogins",
    "newsroom.staff_sessions.StaffMessages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "newsroom.csp.admin_policy",
    "newsroom.staff_zone.staff_zone",
    "newsroom.odd_requests.OddRequests",
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
            ],
        },
    },
]

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# What readers are spoken to in, complete (tools/catalogues/scope.py); a newsletter may be in any other as well.
LANGUAGES = [("en", _("English")), ("fr", _("French")), ("de", _("German"))]
LANGUAGES += [("es", _("Spanish")), ("ar", _("Arabic"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

# --- Files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = STATE_DIR / "media"
MEDIA_URL = site_url.media(env.text("MEDIA_URL", "/media/"))
_media = urlsplit(MEDIA_URL)
_media_host = [f"{_media.scheme}://{_media.netloc}"] if _media.netloc else []
WHITENOISE_USE_FINDERS = not env.is_production
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.is_production
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Set by the demo: the mail catcher's folder, which /dev/mailbox/ shows. None: that page does not exist.
_maildir = env.text("DEMO_MAILDIR", "")
DEMO_MAILDIR = Path(_maildir) if _maildir and not env.is_production else None

A_YEAR = 365 * 24 * 3600  # seconds

# --- Safety ---------------------------------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
LOGIN_URL = "admin:login"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
# A working day; who is idle is logged out before (newsroom/staff_sessions.py).
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _site.is_https
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=False)
SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", A_YEAR if _site.is_https else 0)
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("TRUST_PROXY", default=False) else None
)
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# Reader pages run no script at all. Unfold's admin needs eval for Alpine (see docs/dependencies.md);
# subscriptions, digests and newsroom tell the two apart by the path in newsroom/csp.py.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:", *_media_host],
        "manifest-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
    }
}
ADMIN_CONTENT_SECURITY_POLICY = {
    "script-src": [SELF, UNSAFE_EVAL, NONCE],
    "style-src": [SELF, UNSAFE_INLINE],
    "frame-src": [SELF],
}

# --- Logs -----------------------------------------------------------------------------------------
LOGGING = logs.logging_settings(logs.level(env))

# --- Admin ----------------------------------------------------------------------------------------
LOGIN_REDIRECT_URL = "admin:index"
UNFOLD = admin_look.UNFOLD
