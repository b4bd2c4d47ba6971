"""Shared by all tests: media in a temporary folder, real data where it is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import LazySettings


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
