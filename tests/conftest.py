"""Shared by all tests: real embedded PostgreSQL and Redis, media in a temporary folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("DYLUMO_HOME", str(Path(tempfile.gettempdir()) / "dylumo-tests"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dylumo_site.settings")

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
