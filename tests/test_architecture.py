"""The rooms keep their order, and the web process stays light."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
HEAVY = "torch librosa transformers sentence_transformers sklearn cv2 av scipy numba onnxruntime pydantic_ai"


def run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_each_room_imports_only_from_those_below_it() -> None:
    assert "0 broken" in run(str(Path(sys.executable).with_name("lint-imports")), "--no-cache")


def test_the_web_process_imports_nothing_heavy_with_every_address_and_admin_page_loaded() -> None:
    code = (
        "import dylumo_site.asgi, sys; from django.urls import get_resolver; get_resolver().url_patterns;"
        "from django.contrib import admin; admin.autodiscover();"
        f"print([name for name in {HEAVY.split()} if name in sys.modules])"
    )
    assert run(sys.executable, "-c", code).strip() == "[]"


def test_leaf_modules_import_no_django() -> None:
    code = (
        "import sys, core.env, core.errors, dylumo_site.ops.embedded, core.schemas;"
        "print([name for name in ('django', 'celery') if name in sys.modules])"
    )
    assert run(sys.executable, "-c", code).strip() == "[]"


def test_the_web_process_with_every_page_loaded_stays_under_250_mb() -> None:
    code = (
        "import dylumo_site.asgi; from django.urls import get_resolver; get_resolver().url_patterns;"
        "print('loaded', flush=True); input()"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "loaded\n"
        resident = psutil.Process(process.pid).memory_info().rss
        process.kill()
    assert resident < 250 * 2**20


def test_no_python_module_calls_itself_utils() -> None:
    apps = ("core", "accounts", "recommender", "demo_music", "feedback", "agents", "dylumo_site", "lab")
    assert [path for app in apps for path in (ROOT / app).rglob("utils.py")] == []
