"""Django's settings, all derived from the one `Environment`; importing them changes nothing on disk."""

from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from ownkey.database.django_settings import settings_of
from ownkey.environment.logs import logging_config
from ownkey.environment.process import current_environment
from ownkey.environment.signing import read_signing_key
from ownkey.environment.values import MailSecurity

_environment = current_environment()

DEBUG = False
# Empty until `ownkey init` (or the first `serve`) has made one: Django then refuses to sign anything.
SECRET_KEY = read_signing_key(_environment)

ROOT_URLCONF = "ownkey.console.urls"
ASGI_APPLICATION = "ownkey.console.asgi.application"
INSTALLED_APPS = [
    "ownkey.console.apps.ConsoleConfig",
    "ownkey.connections.apps.ConnectionsConfig",
    "ownkey.connections.lifecycle.apps.LifecycleConfig",
    "ownkey.mail.apps.MailConfig",
    "ownkey.workspace.apps.WorkspaceConfig",
    "ownkey.people.apps.PeopleConfig",  # before allauth: its templates win
    "ownkey.audit.apps.AuditConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "csp",
    "django_tasks",
    "django_tasks_db",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "ownkey.console.static_files.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "ownkey.console.page_headers.PageHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "ownkey.people.sign_in.middleware.LastSeenMiddleware",
    "ownkey.people.sign_in.middleware.SecondFactorMiddleware",
    "ownkey.people.sign_in.middleware.ControlMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["ownkey.console.templatetags.console"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ownkey.console.context_processors.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# -- Storage ---------------------------------------------------------------------------------------

DATABASES = {"default": settings_of(_environment.database_file)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# In the database, so that limits hold for all workers together, and after a restart.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "ownkey_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# -- Background work: tasks wait in the database, and serve or `ownkey worker` runs them ------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# -- People and sign-in ----------------------------------------------------------------------------

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
# scrypt is memory-hard, comes with Python, and takes less than Argon2, whose default is 100 MB.
PASSWORD_HASHERS = ["ownkey.people.password_hasher.OneAtATimeScrypt"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 60 * 60 * 24
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "ownkey.people.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # allauth checks it; nobody can sign up
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by invitation: an administrator vouches for the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to strangers
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_REAUTHENTICATION_METHODS = ["password", "mfa"]  # newer releases would mail codes as well
# ownkey.people.sign_in.attempts counts failed sign-ins, and lets people wait longer each time.
# allauth would count by address before that, and so let a stranger lock out the browsers that people know.
ACCOUNT_RATE_LIMITS = {
    "login_failed": None,
    "login": None,
    "reset_password": "20/m/ip,5/h/key",
    "reset_password_from_key": None,  # the mailed link is the proof; a wrong one is worth nothing
}
ACCOUNT_FORMS = {
    "login": "ownkey.people.forms.SignInForm",
    "reauthenticate": "ownkey.people.forms.ConfirmPasswordForm",
    "change_password": "ownkey.people.forms.PasswordChangeForm",
    "reset_password": "ownkey.people.forms.PasswordResetForm",
    "reset_password_from_key": "ownkey.people.forms.PasswordResetKeyForm",
}

MFA_ADAPTER = "ownkey.people.second_factors.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # half a minute each way: clocks differ, and people type slowly
MFA_REAUTHENTICATION_REQUIRED = False  # ownkey.people.access asks, and is content with a recent sign-in
MFA_FORMS = {
    "authenticate": "ownkey.people.second_factors.forms.CodeForm",
    "reauthenticate": "ownkey.people.second_factors.forms.ConfirmCodeForm",
    "activate_totp": "ownkey.people.second_factors.forms.AddAppForm",
    "add_webauthn": "ownkey.people.second_factors.forms.AddPasskeyForm",
    "edit_webauthn": "ownkey.people.second_factors.forms.RenamePasskeyForm",
}
SOCIALACCOUNT_ADAPTER = "ownkey.people.oidc.provider.ProviderAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10  # seconds

ALLAUTH_TRUSTED_PROXY_COUNT = _environment.trusted_proxies
USERSESSIONS_TRACK_ACTIVITY = False

# -- The browser -----------------------------------------------------------------------------------

_base = urlsplit(_environment.base_url)
_host = _base.hostname or "localhost"
# With the brackets that an IPv6 address has in a Host header.
ALLOWED_HOSTS = sorted({f"[{_host}]" if ":" in _host else _host, "localhost", "127.0.0.1", "[::1]"})
CSRF_TRUSTED_ORIGINS = [_environment.base_url]
CSRF_FAILURE_VIEW = "ownkey.console.errors.csrf_failure"
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = _environment.is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SAMESITE = "Lax"  # "Strict" would sign people out when they follow a link from a mail
# Browsers send cookies to all ports of a host, and several demos may be at localhost.
_of_port = f"_{_base.port}" if _environment.is_demo else ""
SESSION_COOKIE_NAME = "__Host-ownkey_session" if _environment.is_https else f"ownkey_session{_of_port}"
CSRF_COOKIE_NAME = "__Host-ownkey_csrf" if _environment.is_https else f"ownkey_csrf{_of_port}"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if _environment.is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains is for whoever owns the domain to decide
    "security.W008",  # whoever ends TLS before Ownkey redirects http; asgi.py trusts the base URL's scheme
    "security.W021",  # and so is preloading
]
# Not in a cookie of its own: what was said to somebody stays on this side.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
STATIC_URL = "/static/"
# The files are served from where they are installed: nothing is built or collected. A minute of
# caching with revalidation keeps a new release from meeting an old style sheet for long.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False

# -- Mail, language, logs --------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = SERVER_EMAIL = _environment.mail.sender
if _environment.mail.host:
    EMAIL_BACKEND = "ownkey.mail.server.MailServer"
    EMAIL_HOST, EMAIL_PORT = _environment.mail.host, _environment.mail.port
    EMAIL_HOST_USER = _environment.mail.user
    EMAIL_HOST_PASSWORD = _environment.mail.password.reveal() if _environment.mail.password else ""
    EMAIL_USE_TLS = _environment.mail.security is MailSecurity.STARTTLS
    EMAIL_USE_SSL = _environment.mail.security is MailSecurity.TLS
    EMAIL_TIMEOUT = 10
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(_environment.mail_folder)

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = logging_config(_environment.logs)
