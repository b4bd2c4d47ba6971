"""Make the virtual environment and install a requirements file into it: ``install.py VENV REQUIREMENTS``.

Runs on the system's own Python, with its standard library only. Safe for two at once: the second waits.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

NEEDED_GIB = 4
"""The environment takes about 3 GiB; unpacking the largest package takes the rest for a moment."""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def make_environment(venv: Path) -> None:
    if (venv / "bin" / "python").exists() and (venv / "pyvenv.cfg").exists():
        return
    say(f"Making a virtual environment in {venv}")
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    command = [sys.executable, "-m", "venv", "--clear", str(venv)]
    made = subprocess.run(command, check=False, capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(venv, ignore_errors=True)
        raise SystemExit(
            f"The virtual environment could not be made: {(made.stdout + made.stderr).strip()[-400:]}\n"
            f"If the venv module is missing, install it (Debian: apt install python{version}-venv); then start again."
        )


def install(venv: Path, requirements: Path) -> None:
    free = shutil.disk_usage(venv).free / 2**30
    fresh = not (venv / "bin" / "uvicorn").exists()
    if fresh and free < NEEDED_GIB:
        raise SystemExit(
            f"Dylumo's packages need {NEEDED_GIB} GiB, and {venv} has {free:.1f} GiB free. Free some space, or put the "
            "environment elsewhere: DYLUMO_VENV=/another/disk/venv"
        )
    say(f"Installing {requirements.name}" + (" (some minutes the first time)" if fresh else ""))
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    if run_shown([*pip, "-r", str(requirements)]):
        raise SystemExit(
            "The packages could not be installed; pip says why above. Check the network, the free disk space "
            f"({free:.1f} GiB) and, off Linux x86-64, that make and a C compiler are there; then start again."
        )


def run_shown(command: list[str]) -> int:
    """Run pip: with its progress bars on a terminal, else line by line without what was there already."""
    if sys.stderr.isatty():
        return subprocess.run(command, stdout=sys.stderr, check=False).returncode
    with subprocess.Popen([*command, "--progress-bar", "off"], stdout=subprocess.PIPE, text=True) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            if not line.startswith("Requirement already satisfied"):
                say(line.rstrip())
    return pip.returncode


def main(venv: Path, requirements: Path) -> None:
    os.umask(0o022)  # PostgreSQL's programs are run by another user when Dylumo is started by root
    lock = venv.with_name(venv.name + ".lock")
    try:
        venv.parent.mkdir(parents=True, exist_ok=True)
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another start is installing; waiting for it.")
                fcntl.flock(file, fcntl.LOCK_EX)
            make_environment(venv)
            install(venv, requirements)
    except OSError as error:
        raise SystemExit(f"{venv} cannot be written: {error.strerror}. Name another folder: DYLUMO_VENV=...") from error


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
