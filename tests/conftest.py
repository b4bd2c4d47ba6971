"""Shared by all tests: real embedded PostgreSQL and Redis, media in a temporary folder.

The services are started by whichever test process comes first and left running for the next run. Each test process
has a database of its own (pytest-django) and a Redis database of its own, so that none hears another.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("DYLUMO_HOME", str(Path(tempfile.gettempdir()) / "dylumo-tests"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dylumo_site.settings")
# Database 0 is left to a site that may run on the same Redis; workers are called gw0, gw1, ...
os.environ["DYLUMO_REDIS_DB"] = str(int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 15 + 1)

from dylumo_site import services

services.start()

import pytest  # noqa: E402
from django.conf import LazySettings  # noqa: E402


@pytest.fixture(autouse=True)
def own_folders(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The project's folder of real data; tests that need it skip with a reason where it is absent."""
    folder = Path(os.environ.get("DYLUMO_SHARED", Path(__file__).resolve().parents[2] / "shared")) / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the real data folder, not found at {folder}")
    return folder
