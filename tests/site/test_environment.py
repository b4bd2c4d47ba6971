"""The environment is read with types, and a malformed value stops the start; the set-up scripts name the cures."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import env

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(("written", "meant"), [("1", True), ("Yes", True), (" on ", True), ("0", False), ("", True)])
def test_flags_take_the_usual_words_and_empty_means_the_default(
    written: str, meant: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("X", written)
    assert env.flag("X", True) is meant


def test_a_flag_that_is_neither_yes_nor_no_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "perhaps")
    with pytest.raises(env.EnvError, match="X='perhaps' is not a yes or no"):
        env.flag("X")


@given(st.integers(-1000, 1000))
def test_whole_numbers_are_read_back_or_refused_by_their_range(number: int) -> None:
    os.environ["DYLUMO_TEST_NUMBER"] = f" {number} "
    try:
        if 0 <= number <= 100:
            assert env.integer("DYLUMO_TEST_NUMBER", 5, low=0, high=100) == number
        else:
            with pytest.raises(env.EnvError, match="out of range"):
                env.integer("DYLUMO_TEST_NUMBER", 5, low=0, high=100)
    finally:
        del os.environ["DYLUMO_TEST_NUMBER"]


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("quiet\n")
    monkeypatch.setenv("X_FILE", str(tmp_path / "key"))
    assert env.text("X") == "quiet"
    monkeypatch.setenv("X_FILE", str(tmp_path / "missing"))
    with pytest.raises(env.EnvError, match="cannot be read"):
        env.text("X")


def test_lists_are_split_at_commas_without_empty_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "a.example, b.example,,")
    assert env.words("X") == ["a.example", "b.example"]


def test_a_malformed_setting_stops_a_command_with_one_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, "DYLUMO_PORT": "eighty"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.strip() == "DYLUMO_PORT='eighty' is not a whole number."


def bin_run(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "bin" / "run", "check"],
        env={**os.environ, "DYLUMO_VENV": str(folder / "venv"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def tools_only(folder: Path) -> str:
    """A PATH with the few programs the script uses, and no Python."""
    tools = folder / "tools"
    tools.mkdir()
    for name in ("sh", "dirname", "cat", "cmp", "id", "env"):
        (tools / name).symlink_to(next(p for d in ("/bin", "/usr/bin") if (p := Path(d, name)).exists()))
    return str(tools)


def test_an_old_python_is_named_with_the_cure(tmp_path: Path) -> None:
    tools = tools_only(tmp_path)
    program(Path(tools, "python3"), 'case "$1" in --version) echo "Python 3.9.2";; *) exit 1;; esac')
    done = bin_run(tmp_path, PATH=tools)
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; the one here is: Python 3.9.2" in done.stderr
    assert "apt install python3" in done.stderr


def test_a_missing_venv_module_is_named_with_the_cure(tmp_path: Path) -> None:
    broken = program(
        tmp_path / "python",
        f'case "$*" in *install.py*) exec {sys.executable} "$@";; *) exit 0;; esac',
    )
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "venv.py").write_text("raise ModuleNotFoundError(\"No module named 'ensurepip'\")")
    done = bin_run(tmp_path, DYLUMO_PYTHON=broken, PYTHONPATH=str(blocked))
    assert done.returncode == 1
    assert "The virtual environment could not be made" in done.stderr
    assert "-venv)" in done.stderr
    assert not (tmp_path / "venv" / "bin" / "python").exists()


def test_a_folder_that_cannot_be_written_is_named_with_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = bin_run(tmp_path / "file", DYLUMO_PYTHON=sys.executable)
    assert done.returncode == 1
    assert "DYLUMO_VENV=" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_told_before_the_download(tmp_path: Path) -> None:
    code = (
        "import sys, shutil, types; sys.path.insert(0, 'bin'); import install; from pathlib import Path;"
        "install.torch_build = lambda: 'cpu'; shutil.disk_usage = lambda path: types.SimpleNamespace(free=2**30);"
        f"install.install(Path({str(tmp_path)!r}), Path('requirements.txt'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "need 4 GiB" in done.stderr
    assert "1.0 GiB free" in done.stderr


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module ``bin/install.py``, which the system's own Python runs."""
    monkeypatch.syspath_prepend(str(ROOT / "bin"))
    monkeypatch.delenv("DYLUMO_TORCH", raising=False)
    return importlib.import_module("install")


def test_a_machine_without_an_nvidia_gpu_takes_the_cpu_build_unless_told_otherwise(
    install: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    if not Path("/dev/nvidia0").exists():
        assert install.torch_build() == "cpu"
    program(tmp_path / "nvidia-smi", "exit 0")
    assert install.torch_build() == "cuda"
    monkeypatch.setenv("DYLUMO_TORCH", "cpu")
    assert install.torch_build() == "cpu"
    monkeypatch.setenv("DYLUMO_TORCH", "tpu")
    with pytest.raises(SystemExit, match="cpu, cuda"):
        install.torch_build()


@pytest.mark.parametrize(("answers", "indices"), [(True, [True, False]), (False, [False])])
def test_pytorchs_own_index_is_asked_first_only_when_it_answers(
    answers: bool, indices: list[bool], install: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[list[str]] = []
    monkeypatch.setenv("DYLUMO_TORCH", "cpu")
    monkeypatch.setattr(install, "has_cpu_index", lambda: answers)
    monkeypatch.setattr(install, "run_shown", lambda command: asked.append(command) or 0)
    install.install(tmp_path, ROOT / "requirements-dev.txt")
    assert [install.CPU_INDEX in command for command in asked] == indices
    wanted = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if line.startswith("torch")]
    assert len(wanted) == 2
    assert not answers or asked[0][-2:] == wanted


def test_an_index_that_does_not_answer_is_gone_without(install: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "CPU_INDEX", "http://127.0.0.1:9")
    assert install.has_cpu_index() is False


def test_what_is_installed_already_is_not_installed_again(tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    program(python, 'echo "ran $*"')
    requirements = (ROOT / "requirements.txt").read_text()
    (tmp_path / "venv" / "installed-requirements.txt").write_text(requirements)
    done = bin_run(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "ran -m dylumo_site check\n", "")
