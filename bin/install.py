"""Make the virtual environment and install a requirements file into it: ``install.py VENV REQUIREMENTS``.

Runs on the system's own Python, with its standard library only. Safe for two at once: the second waits. Packages come
from pip's own cache where they are there already.

PyTorch is the largest part. On Linux x86-64 the public index has it with several GB of CUDA packages, so a machine
without an NVIDIA GPU takes the CPU build of PyTorch's own index, if that answers. ``DYLUMO_TORCH=cpu|cuda`` decides.

With ``DYLUMO_LOCKED=1`` every package but PyTorch and what belongs to it must have a hash of ``requirements.lock``.
"""

from __future__ import annotations

import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

NEEDED_GIB = {"cpu": 4, "cuda": 10}
"""The environment takes about 3 GiB, with CUDA about 8; unpacking the largest package takes the rest for a moment."""
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PATIENCE_SECONDS = 5
TORCH = ("torch", "torchvision")


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


def torch_build() -> str:
    """``cpu`` or ``cuda``: what was asked for, else what the machine can use."""
    asked = os.environ.get("DYLUMO_TORCH", "").strip().lower()
    if asked not in {"", "cpu", "cuda"}:
        raise SystemExit(f"DYLUMO_TORCH={asked!r} is not one of: cpu, cuda.")
    return asked or ("cuda" if shutil.which("nvidia-smi") or Path("/dev/nvidia0").exists() else "cpu")


def has_cpu_index() -> bool:
    """Whether PyTorch's own index of CPU builds is of use here and answers in time."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return False  # elsewhere the public index has the CPU build
    try:
        with urllib.request.urlopen(f"{CPU_INDEX}/torch/", timeout=PATIENCE_SECONDS) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def pinned(requirements: Path, names: tuple[str, ...]) -> list[str]:
    """The lines of these packages, also from a file that it includes."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    more = [requirements.with_name(line[3:].strip()) for line in lines if line.startswith("-r ")]
    found = [line for line in lines if re.split(r"[\[=<>;\s]", line)[0] in names]
    return found + [line for file in more for line in pinned(file, names)]


def locked(lock: Path) -> str:
    """The lock file without PyTorch and the packages of its CUDA build, of which each machine takes its own."""
    blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8"))
    return "".join(block for block in blocks if not re.match(r"(?:torch|torchvision|triton)==|nvidia-|cuda-", block))


def gib(folder: Path) -> float:
    """What a folder takes on the disk."""
    files = (Path(path, name) for path, _, names in os.walk(folder) for name in names)
    return sum(file.lstat().st_blocks * 512 for file in files) / 2**30


def install(venv: Path, requirements: Path) -> None:
    free = shutil.disk_usage(venv).free / 2**30
    fresh = not (venv / "bin" / "uvicorn").exists()
    build = torch_build()
    needed = NEEDED_GIB[build]
    if fresh and free < needed:
        raise SystemExit(
            f"Dylumo's packages need {needed} GiB, and {venv} has {free:.1f} GiB free. Free some space, or put the "
            "environment elsewhere: DYLUMO_VENV=/another/disk/venv"
        )
    began = time.monotonic()
    size = f" with PyTorch for {build.upper()}: up to {needed - 1} GiB, some minutes" if fresh else ""
    say(f"Installing {requirements.name}{size}")
    pip = [str(venv / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    if fresh and build == "cpu" and has_cpu_index():
        # without dependencies: those come from the usual index; if it fails, the usual index has PyTorch as well
        run_shown([*pip, "--no-deps", "--index-url", CPU_INDEX, *pinned(requirements, TORCH)])
    if os.environ.get("DYLUMO_LOCKED", "") == "1":
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(locked(requirements.with_name("requirements.lock")))
            file.flush()
            if run_shown([*pip, "--no-deps", "--require-hashes", "-r", file.name]):
                raise SystemExit("A package is not the one that requirements.lock names; pip says which above.")
    if run_shown([*pip, "-r", str(requirements)]):
        raise SystemExit(
            "The packages could not be installed; pip says why above. Check the network, the free disk space "
            f"({free:.1f} GiB) and, off Linux x86-64, that make and a C compiler are there; then start again."
        )
    if fresh:
        minutes, seconds = divmod(round(time.monotonic() - began), 60)
        say(f"Installed in {minutes} min {seconds} s; {venv} takes {gib(venv):.1f} GiB.")


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
