"""Django settings; everything that differs between places comes from the environment.

YUNHENG_DEMO=1 runs the demonstration city, YUNHENG_DEBUG=1 is for developing. With neither, this is production:
secrets and host names are demanded, cookies are for TLS only, and nothing is generated.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from yunheng.config import environment as env

# ── mode and places ──────────────────────────────────────────────────────────────────────────────────────────────

DEMO = env.switch("YUNHENG_DEMO")
DEBUG = env.switch("YUNHENG_DEBUG")
PRODUCTION = not (DEMO or DEBUG)

BASE_DIR = env.BASE
HOME = env.folder("YUNHENG_HOME", env.BASE / "var")
BUILD = env.folder("YUNHENG_BUILD", env.BASE / "build")

# ── secrets and hosts ────────────────────────────────────────────────────────────────────────────────────────────

# Not derived from SECRET_KEY: who can forge a session must not be able to rewrite the record of it.
RECORD_KEY_FILE = env.folder("YUNHENG_RECORD_KEY_FILE", HOME / "record.key")
if PRODUCTION:
    SECRET_KEY = env.demand("SECRET_KEY", "会话与令牌的签名密钥，50 位以上随机字符")
    env.demand("ALLOWED_HOSTS", "对外服务的域名，多个以逗号分隔")
    if not RECORD_KEY_FILE.exists():
        raise ImproperlyConfigured(
            "正式运行需要审计密钥文件：请由安全管理员生成，并以 YUNHENG_RECORD_KEY_FILE 指明位置（权限 0600）。"
        )
else:
    SECRET_KEY = env.text("SECRET_KEY") or env.kept_secret(HOME / "secret.key")
    env.kept_secret(RECORD_KEY_FILE)

ALLOWED_HOSTS = env.listed("ALLOWED_HOSTS") or ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = env.listed("CSRF_TRUSTED_ORIGINS")
# How many proxies of our own stand in front; their X-Forwarded-For entries are believed, no others.
TRUSTED_PROXIES = env.number("YUNHENG_PROXIES", 0)

# ── applications ─────────────────────────────────────────────────────────────────────────────────────────────────

YUNHENG_APPS = [
    "yunheng.foundation.workflow",
    "yunheng.foundation.calendars",
    "yunheng.foundation.documents",
    "yunheng.foundation.notices",
    "yunheng.foundation.audit",
    "yunheng.domain.parties",
    "yunheng.domain.catalog",
    "yunheng.domain.systems",
    "yunheng.domain.funding",
    "yunheng.domain.services",
    "yunheng.domain.metering",
    "yunheng.domain.optimization",
    "yunheng.domain.billing",
    "yunheng.interfaces.web",
    "yunheng.interfaces.api",
    "yunheng.interfaces.jobs",
    "yunheng.demo",
]
# No django.contrib.admin: it writes rows past the operations, their checks and their record.
INSTALLED_APPS = [
    *YUNHENG_APPS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_filters",
    "axes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "yunheng.config.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "yunheng.config.sessions.SessionClock",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "yunheng.config.urls"
WSGI_APPLICATION = "yunheng.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yunheng.interfaces.web.context.frame",
            ],
        },
    },
]

# ── database ─────────────────────────────────────────────────────────────────────────────────────────────────────

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{HOME / 'yunheng.sqlite3'}")
_database: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL))
if _database["ENGINE"].endswith("sqlite3"):
    HOME.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE takes the write lock when a transaction begins: a later upgrade would fail at once, without waiting.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
elif _database["ENGINE"].endswith("postgresql"):
    _pool = env.number("YUNHENG_DB_POOL", 8)
    if _pool:
        _database["OPTIONS"] = {**_database.get("OPTIONS", {}), "pool": {"min_size": 1, "max_size": _pool}}
DATABASES = {"default": _database}

# ── people and sessions ──────────────────────────────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "parties.Person"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/login/"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# A session ends after half an hour without a request, and after eight hours in any case.
SESSION_IDLE = timedelta(minutes=30)
SESSION_ABSOLUTE = timedelta(hours=8)
SESSION_COOKIE_AGE = int(SESSION_IDLE.total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "yunheng_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "yunheng_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

# Five failures of one name from one address close that door for half an hour, for the right password too.
# The callables matter: left to guess the form's field, axes can miss the name and never lock.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_USERNAME_CALLABLE = "yunheng.config.login.attempted_name"
AXES_CLIENT_IP_CALLABLE = "yunheng.config.login.client_address"
AXES_LOCKOUT_CALLABLE = "yunheng.interfaces.web.views.login.locked"
AXES_SENSITIVE_PARAMETERS = ["password", "code"]

# ── transport and browser ────────────────────────────────────────────────────────────────────────────────────────

TLS = PRODUCTION and env.text("YUNHENG_TLS", "1") != "0"
SECURE_SSL_REDIRECT = TLS
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
SECURE_HSTS_SECONDS = 31_536_000 if TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = TLS
SECURE_HSTS_PRELOAD = TLS
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# No inline script and no inline style anywhere; data: only for the small icons inside the style sheet.
CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

# ── files ────────────────────────────────────────────────────────────────────────────────────────────────────────

STATIC_URL = "static/"
STATIC_ROOT = BUILD / "collected"
STATICFILES_DIRS = [path for path in (BUILD / "static",) if path.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG

# Attachments are never served by path: a view checks who asks and sends them as downloads.
MEDIA_ROOT = HOME / "attachments"
MEDIA_URL = ""
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
UPLOAD_MAX_BYTES = env.number("YUNHENG_UPLOAD_MAX_BYTES", 20 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# What is measured: a folder on a disk of its own. Bytes of a delivery before and after it is unpacked; how many
# deliveries a process reads at once, and the bytes of the disk that stay free: beyond, senders are asked to come again.
METERING = env.folder("YUNHENG_METERING", HOME / "metering")
METERING_BODY_MOST = env.number("YUNHENG_METERING_BODY_MOST", 8 * 1024 * 1024)
METERING_UNPACKED_MOST = env.number("YUNHENG_METERING_UNPACKED_MOST", 32 * 1024 * 1024)
METERING_AT_ONCE = env.number("YUNHENG_METERING_AT_ONCE", 4)
METERING_RESERVE = env.number("YUNHENG_METERING_RESERVE", 512 * 1024 * 1024)

# A TOML file with a table per provider, by its credit code: the connector's name, and all else its configuration.
CONNECTORS = env.folder("YUNHENG_CONNECTORS", HOME) if env.text("YUNHENG_CONNECTORS") else None

# Where PDFs find their faces: the licensed ones of the bureau first, if it names a folder.
FONT_DIRS = [*env.listed("YUNHENG_FONT_DIRS"), str(BUILD / "fonts")]

# ── mail, events, language, time, log ────────────────────────────────────────────────────────────────────────────

EMAIL_HOST = env.text("YUNHENG_SMTP_HOST")
EMAIL_PORT = env.number("YUNHENG_SMTP_PORT", 25)
EMAIL_HOST_USER = env.text("YUNHENG_SMTP_USER")
EMAIL_HOST_PASSWORD = env.text("YUNHENG_SMTP_PASSWORD")
EMAIL_USE_TLS = env.switch("YUNHENG_SMTP_STARTTLS")
EMAIL_USE_SSL = env.switch("YUNHENG_SMTP_SSL")
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = str(HOME / "mail")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
DEFAULT_FROM_EMAIL = env.text("YUNHENG_MAIL_FROM", "yunheng@localhost")

# Events are sent to these hosts and networks alone; none listed, none sent. Seconds for one sending in all.
WEBHOOK_TARGETS = env.targets("YUNHENG_WEBHOOK_TARGETS")
WEBHOOK_TIMEOUT = min(max(env.number("YUNHENG_WEBHOOK_TIMEOUT", 10), 1), 30)

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("YUNHENG_LOG_LEVEL", "INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},
        "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
    },
}
