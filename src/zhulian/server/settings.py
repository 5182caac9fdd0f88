"""Settings: everything that an installation chooses comes from the environment.

| variable | default | meaning |
| --- | --- | --- |
| `ZHULIAN_HOME` | `~/.zhulian` | data of this installation: database, files, keys |
| `ZHULIAN_DATABASE` | SQLite in the home | `postgresql://user:password@host:port/name` |
| `ZHULIAN_SECRET_KEY` | made in the home at first start | Django's signing key |
| `ZHULIAN_HOSTS` | `127.0.0.1,localhost` | host names served |
| `ZHULIAN_DEMO` | off | demo accounts; refuses any but the loopback address |
| `ZHULIAN_FEEDS` | none | folders, beside `feeds` in the home, below which scheduled feeds may read (as in PATH) |
| `ZHULIAN_WEBHOOK_HOSTS` | none | host names inside, with commas, that events may be sent to, also without TLS |
| `ZHULIAN_MAIL` | none | mail server as apprise writes it, e.g. `mailtos://user:password@host:465?from=…&mode=ssl` |
| `ZHULIAN_SITE` | none | address of this server as readers open it, for links in e-mail and robots' messages |
| `ZHULIAN_HISTORY_DAYS` | 365 | an event that happened longer ago when it arrives is recorded as history, without deadlines |
| `ZHULIAN_TAKEOVER` | none | `YYYY-MM-DD`: what happened before is history, however long ago |
| `ZHULIAN_TLS` | none | `1`: readers come by https through a proxy that sets X-Forwarded-Proto; cookies and HSTS say so |
| `ZHULIAN_IDLE_MINUTES` | 30 | a session that nobody used for so long ends |
| `ZHULIAN_PROXIES` | none | addresses of our own proxies, with commas: whom they name in X-Forwarded-For is the peer |
| `ZHULIAN_MFA` | `required` | second factor for regulators and administrators; `off`: for who wants one |
| `ZHULIAN_OIDC_SERVER` | none | address of the single sign-on (OpenID Connect); none: not offered |
| `ZHULIAN_OIDC_CLIENT`, `ZHULIAN_OIDC_SECRET` | none | what this installation is registered as there |
| `ZHULIAN_OIDC_NAME` | 统一身份认证 | its name on the sign-in page |
| `ZHULIAN_OIDC_CLAIM` | `preferred_username` | the claim that holds the user name of the account here |
| `ZHULIAN_OIDC_SECOND_FACTOR` | none | `1`: the single sign-on asks for a second factor itself |
| `ZHULIAN_LICENCE_ADAPTER` | none | dotted name of the class behind which the gateway of the 电子营业执照 is |
| `ZHULIAN_LEDGER_ORIGIN` | made from the key | name of this installation's ledger in its checkpoints, e.g. `ledger.example.gov.cn/2026` |
| `ZHULIAN_LEDGER_SM3` | none | `1`: a second tree over the same leaves, with SM3 |
| `ZHULIAN_LEDGER_POLICY` | none | file of witnesses that cosign our checkpoints, and how many must (C2SP tlog-policy) |
| `ZHULIAN_WITNESS_NAME` | made from the key | name under which we cosign others' checkpoints |
| `ZHULIAN_RETENTION` | none | file that says how long what is kept and by which document; none: everything is kept |
| `ZHULIAN_SCANNER` | none | dotted name of a function that looks for viruses in a file's chunks |
| `ZHULIAN_ROW_POLICIES` | none | `1`: requests run behind row policies of PostgreSQL; `zhulian rows on` comes first |
| `ZHULIAN_DATABASE_ROLE` | `zhulian_rows` | the role that requests run as then; it owns nothing |
"""

from __future__ import annotations

import datetime as dt
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

HOME = Path(os.environ.get("ZHULIAN_HOME", Path.home() / ".zhulian"))
DEMO = os.environ.get("ZHULIAN_DEMO", "") == "1"
DEBUG = False
FEED_ROOTS = [HOME / "feeds", *(Path(p) for p in os.environ.get("ZHULIAN_FEEDS", "").split(os.pathsep) if p)]
WEBHOOK_HOSTS = frozenset(filter(None, os.environ.get("ZHULIAN_WEBHOOK_HOSTS", "").lower().split(",")))
MAIL = os.environ.get("ZHULIAN_MAIL", "")
SITE_URL = os.environ.get("ZHULIAN_SITE", "").rstrip("/")
HISTORY_DAYS = int(os.environ.get("ZHULIAN_HISTORY_DAYS") or 365)
TAKEOVER = dt.date.fromisoformat(os.environ.get("ZHULIAN_TAKEOVER") or "0001-01-01")
TLS = os.environ.get("ZHULIAN_TLS") == "1"
IDLE_MINUTES = int(os.environ.get("ZHULIAN_IDLE_MINUTES") or 30)
PROXIES = frozenset(filter(None, os.environ.get("ZHULIAN_PROXIES", "").split(",")))
MFA = os.environ.get("ZHULIAN_MFA", "required")
OIDC_NAME = os.environ.get("ZHULIAN_OIDC_NAME", "统一身份认证")
OIDC_CLAIM = os.environ.get("ZHULIAN_OIDC_CLAIM", "preferred_username")
OIDC_SECOND_FACTOR = os.environ.get("ZHULIAN_OIDC_SECOND_FACTOR") == "1"
LICENCE_ADAPTER = os.environ.get("ZHULIAN_LICENCE_ADAPTER", "")
LEDGER_ORIGIN = os.environ.get("ZHULIAN_LEDGER_ORIGIN", "")
LEDGER_SM3 = os.environ.get("ZHULIAN_LEDGER_SM3") == "1"
LEDGER_POLICY = os.environ.get("ZHULIAN_LEDGER_POLICY", "")
LEDGER_WITNESS_NAME = os.environ.get("ZHULIAN_WITNESS_NAME", "")
ROW_POLICIES = os.environ.get("ZHULIAN_ROW_POLICIES") == "1"
ROW_ROLE = os.environ.get("ZHULIAN_DATABASE_ROLE") or "zhulian_rows"
RETENTION = os.environ.get("ZHULIAN_RETENTION", "")
FILE_SCANNER = os.environ.get("ZHULIAN_SCANNER", "")


def _secret_key() -> str:
    """The signing key from the environment, or one made once and kept, readable by the owner only."""
    if given := os.environ.get("ZHULIAN_SECRET_KEY"):
        return given
    path = HOME / "secret_key"
    HOME.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of two processes that start together one makes the key and both use it.
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")


def _database() -> dict[str, Any]:
    if url := os.environ.get("ZHULIAN_DATABASE"):
        parts = urlsplit(url)
        return {
            "ENGINE": "zhulian.server.common.walled",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
        }
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(HOME / "zhulian.sqlite3"),
        "OPTIONS": {
            # WAL lets readers and one writer work together; IMMEDIATE takes the write lock at BEGIN, so two
            # read-modify-write transactions queue instead of failing with "database is locked".
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
        },
        "TEST": {"NAME": str(HOME / "test.sqlite3")},
    }


def _single_sign_on() -> dict[str, Any]:
    """The OpenID Connect provider of this installation, as allauth wants it told."""
    server = os.environ.get("ZHULIAN_OIDC_SERVER", "")
    if not server:
        return {}
    app = {
        "provider_id": "sso",
        "name": OIDC_NAME,
        "client_id": os.environ.get("ZHULIAN_OIDC_CLIENT", ""),
        "secret": os.environ.get("ZHULIAN_OIDC_SECRET", ""),
        "settings": {"server_url": server, "fetch_userinfo": True, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"APPS": [app], "SCOPE": ["openid", "profile"], "OAUTH_PKCE_ENABLED": True}}


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = os.environ.get("ZHULIAN_HOSTS", "127.0.0.1,localhost,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_cotton",
    "django_htmx",
    "zhulian.server.common",
    "zhulian.server.accounts",
    "zhulian.server.notary",
    "zhulian.server.registry",
    "zhulian.server.exchange",
    "zhulian.server.assessments",
    "zhulian.server.registers",
    "zhulian.server.advice",
    "zhulian.server.decisions",
    "zhulian.server.acts",
    "zhulian.server.campaigns",
    "zhulian.server.events",
    "zhulian.server.linkage",
    "zhulian.server.worklist",
    "zhulian.server.messages",
    "zhulian.server.audit",
    "zhulian.server.apikeys",
    "zhulian.server.privacy",
    "zhulian.server.portal",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "zhulian.server.common.middleware.SecurityHeaders",
    "zhulian.server.common.middleware.NoNul",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "zhulian.server.apikeys.middleware.ApiKeys",
    "zhulian.server.accounts.middleware.DemoStaysHere",
    "django.contrib.messages.middleware.MessageMiddleware",
    "zhulian.server.accounts.limiting.Limits",
    "zhulian.server.accounts.middleware.IdleEnds",
    "zhulian.server.accounts.middleware.FirstThings",
    "zhulian.server.accounts.administration.seeing.SeesAs",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    *(["zhulian.server.common.rows.Wall"] if ROW_POLICIES else []),
    "zhulian.server.registry.middleware.MergedSubjects",
    "zhulian.server.common.middleware.Errors",
    "allauth.account.middleware.AccountMiddleware",  # innermost: what it asks for by an exception is no error
]

ROOT_URLCONF = "zhulian.server.urls"
WSGI_APPLICATION = "zhulian.server.wsgi.application"
DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["zhulian.server.accounts.backends.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "first_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
ACCOUNT_ADAPTER = "zhulian.server.accounts.sign_in.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
MFA_ADAPTER = "zhulian.server.accounts.sign_in.SecondFactors"
MFA_FORMS = {"authenticate": "zhulian.server.accounts.sign_in.CodeForm"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "筑联"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts have no e-mail address
SOCIALACCOUNT_ADAPTER = "zhulian.server.accounts.sign_in.SingleSignOn"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_PROVIDERS = _single_sign_on()
CSRF_FAILURE_VIEW = "zhulian.server.common.errors.csrf_failure"
LOGGING_CONFIG = None  # common.logs configures logging, ours and the libraries', at start

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
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

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [Path(__file__).parent / "static"]
WHITENOISE_USE_FINDERS = True

LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/home"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3600
SESSION_SAVE_EVERY_REQUEST = False  # on SQLite every page would take the write lock
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True  # pages carry the token in their forms and in hx-headers; no script reads the cookie
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
