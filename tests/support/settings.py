"""Settings of the tests: those of the product, with a throw-away home and a password hasher that costs nothing.

The first process of a run makes the home, and the PostgreSQL when `--postgres` was said; worker processes inherit
both by environment. It happens here because Django reads its settings before any conftest is loaded.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

os.environ["YUNHENG_DEMO"] = "1"
if "pytest" not in sys.modules:  # the type checker reads these settings too, and ends without cleaning up
    os.environ["YUNHENG_TEST_HOME"] = str(Path(__file__).resolve().parents[2] / "build" / "check-home")
if "YUNHENG_TEST_HOME" not in os.environ:
    os.environ["YUNHENG_TEST_HOME"] = tempfile.mkdtemp(prefix="yunheng-test-")
    atexit.register(shutil.rmtree, os.environ["YUNHENG_TEST_HOME"], ignore_errors=True)
    os.environ["DATABASE_URL"] = os.environ.get("YUNHENG_TEST_DATABASE_URL", "")
    if "--postgres" in sys.argv:
        from tests.support.postgres import launch

        server = launch()
        atexit.register(server.stop)
        os.environ["DATABASE_URL"] = server.url
HOME_OF_TESTS = os.environ["YUNHENG_HOME"] = os.environ["YUNHENG_TEST_HOME"]
# Playwright's loop lives in the thread of the test, where Django would otherwise refuse to use the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

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
    DATABASES["default"]["TEST"] = {"NAME": str(Path(HOME_OF_TESTS) / "test.sqlite3")}  # noqa: F405
else:
    DATABASES["default"]["OPTIONS"].pop("pool", None)  # noqa: F405
