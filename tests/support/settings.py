"""Settings of the tests: those of the product, with a throw-away home and a password hasher that costs nothing."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ["YUNHENG_DEMO"] = "1"
# Worker processes inherit the variable, so one run has one home.
os.environ.setdefault("YUNHENG_TEST_HOME", tempfile.mkdtemp(prefix="yunheng-test-"))
os.environ["YUNHENG_HOME"] = os.environ["YUNHENG_TEST_HOME"]

from yunheng.config.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# A file, not memory: live_server and tests of races use several connections that must wait for each other as
# they do in production; a shared in-memory database locks tables at once instead.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": str(Path(os.environ["YUNHENG_HOME"]) / "test.sqlite3")}  # noqa: F405
else:
    DATABASES["default"]["OPTIONS"].pop("pool", None)  # noqa: F405
