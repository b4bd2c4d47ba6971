"""What a run stood on: code, versions, data, model tier, machine. Enough to make it again, or to say why it differs."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from recommender.perception.images import features

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("numpy", "scipy", "scikit-learn", "Django", "pgvector", "torch")
WHOLE = 1 << 20
"""Bytes up to which a table is hashed by its content; larger files, and media, count by name and size."""


def of(data: Path, *, seed: int, quick: bool) -> dict[str, Any]:
    return {
        "seed": seed,
        "quick": quick,
        "commit": commit(),
        "code": code_hash(),
        "versions": versions(),
        "tier": features.best_tier(),
        "data": data_hashes(data),
        "machine": {
            "cores": os.cpu_count(),
            "system": f"{platform.system()} {platform.machine()}",
            "python": platform.python_version(),
            "load": round(os.getloadavg()[0], 1),
        },
    }


def decisive(facts: dict[str, Any]) -> dict[str, Any]:
    """The facts that decide the figures: not the machine, nor whether the change is committed."""
    return {name: facts[name] for name in ("seed", "quick", "code", "versions", "tier", "data")}


def versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str:
    """The commit, with a plus when files differ from it; empty outside a repository."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()


@cache
def code_hash() -> str:
    """Over every module and trained file of the rooms that figures come from."""
    digest = hashlib.sha256()
    for app in ("core", "recommender", "feedback", "agents", "lab"):
        for path in sorted((ROOT / app).rglob("*")):
            if path.suffix in (".py", ".npz", ".csv"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def data_hashes(data: Path) -> dict[str, str]:
    """A short hash for every data set, by its folder: names and sizes of all files, and the content of small tables."""
    hashes: dict[str, str] = {}
    for folder in sorted(path for path in data.glob("*") if path.is_dir()):
        digest = hashlib.sha256()
        for path in sorted(one for one in folder.rglob("*") if one.is_file()):
            digest.update(f"{path.relative_to(folder)}:{path.stat().st_size};".encode())
            if path.stat().st_size <= WHOLE and path.suffix in (".csv", ".json", ".tsv", ".txt"):
                digest.update(path.read_bytes())
        hashes[folder.name] = digest.hexdigest()[:12]
    return hashes
