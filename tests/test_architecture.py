"""The rooms keep their order, and the web process stays light."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
APPS = ("core", "accounts", "recommender", "demo_music", "feedback", "agents", "dylumo_site", "lab")
DJANGOS_OWN = {"migrations", "management", "templatetags"}
"""Folders that stand where Django looks for them, in any app."""
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
    assert [path for app in APPS for path in (ROOT / app).rglob("utils.py")] == []


def packages() -> dict[str, str]:
    """Every package's path and the first line of its docstring."""
    files = [file for app in APPS for file in (ROOT / app).rglob("__init__.py")]
    told = {}
    for file in files:
        folder = file.parent.relative_to(ROOT)
        if not DJANGOS_OWN & set(folder.parts):
            docstring = ast.get_docstring(ast.parse(file.read_text())) or ""
            told[str(folder)] = docstring.partition("\n")[0].replace("``", "`")
    return told


def mapped() -> dict[str, str]:
    """The packages of docs/architecture.md and what it says of each, in its order."""
    table = (ROOT / "docs" / "architecture.md").read_text().partition("## Packages")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `([\w/]+)/` \| (.+) \|$", table, flags=re.MULTILINE))


def test_the_map_names_every_package_in_the_words_of_its_docstring() -> None:
    assert mapped() == packages()


def layers() -> dict[str, int]:
    """The packages of the contract, each with its place, the highest first."""
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    return {name.strip(): place for place, line in enumerate(contract) for name in line.split("|")}


def test_every_package_of_an_app_has_its_place_in_the_contract() -> None:
    layer = layers()
    names = {path.replace("/", ".") for path in packages() if path.count("/") == 1}
    assert {name for name in names if name not in layer and name.split(".")[0] not in layer} == set()


def test_the_map_has_packages_in_the_order_of_imports() -> None:
    layer = layers()
    places = [layer[name] for path in mapped() if (name := path.replace("/", ".")) in layer]
    assert places == sorted(places)


def test_every_file_that_the_docs_name_is_there() -> None:
    files = {str(path.relative_to(ROOT)) for app in (*APPS, "tests", "bin") for path in (ROOT / app).rglob("*.py")}
    known = [f"/{path}" for path in files | {"manage.py", "utils.py"}]
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    named = {(page.name, name) for page in pages for name in re.findall(r"`([\w./]+\.py)(?:::\w+)?`", page.read_text())}
    assert {
        (page, name) for page, name in named if "NAME" not in name and not any(k.endswith(f"/{name}") for k in known)
    } == set()


def test_every_setting_is_explained_to_whoever_runs_a_copy() -> None:
    settings = (ROOT / "dylumo_site" / "settings.py").read_text()
    told = (ROOT / "docs" / "self-hosting.md").read_text()
    named = set(re.findall(r"[\"'](DYLUMO_[A-Z_]+)[\"']", settings))
    assert named
    assert {name for name in named if name not in told} == set()
