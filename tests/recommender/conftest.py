"""Small real models, made once a session (``tiny_models``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.perception.images import clip
from tests.recommender.tiny_models import make_clip


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("models") / "vit")


@pytest.fixture
def towers(checkpoint: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> clip.Towers:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    monkeypatch.setenv("DYLUMO_CLIP_MODEL", f"local-dir:{checkpoint}")
    return clip.towers()
