"""Typed readers of the environment. A malformed value stops the start with a sentence.

Each reader takes ``NAME`` or, for secrets kept in files, ``NAME_FILE``.
"""

from __future__ import annotations

import os
from pathlib import Path


class EnvError(SystemExit):
    """Raised at start; its text names the variable and the cure."""


def text(name: str, default: str = "") -> str:
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise EnvError(f"{name}_FILE names {file}, which cannot be read: {error.strerror}.") from error
    return os.environ.get(name, default)


def flag(name: str, default: bool = False) -> bool:
    value = text(name).strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise EnvError(f"{name}={value!r} is not a yes or no. Use 1 or 0.")


def integer(name: str, default: int, *, low: int | None = None, high: int | None = None) -> int:
    value = text(name).strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError as error:
        raise EnvError(f"{name}={value!r} is not a whole number.") from error
    if (low is not None and number < low) or (high is not None and number > high):
        raise EnvError(f"{name}={number} is out of range ({low}..{high}).")
    return number


def number(name: str, default: float, *, low: float, high: float) -> float:
    value = text(name).strip()
    try:
        told = float(value) if value else default
    except ValueError as error:
        raise EnvError(f"{name}={value!r} is not a number.") from error
    if not low <= told <= high:
        raise EnvError(f"{name}={value} is out of range ({low:g}..{high:g}).")
    return told


def choice(name: str, options: tuple[str, ...]) -> str:
    """One of ``options``; the first by default."""
    value = text(name).strip().lower() or options[0]
    if value not in options:
        raise EnvError(f"{name}={value!r} is not known. Use one of: {', '.join(options)}.")
    return value


def folder(name: str, default: Path) -> Path:
    value = text(name).strip()
    return Path(value).expanduser().resolve() if value else default


def words(name: str, default: list[str] | None = None, *, may_be_none: bool = False) -> list[str]:
    """Words between commas. ``may_be_none``: set but empty means no words, rather than ``default``."""
    value = text(name).strip()
    if may_be_none and not value and (name in os.environ or f"{name}_FILE" in os.environ):
        return []
    return [part.strip() for part in value.split(",") if part.strip()] if value else list(default or [])


def pairs(name: str) -> dict[str, str]:
    """``a=x,b=y`` as a mapping."""
    found = {}
    for word in words(name):
        key, equals, value = word.partition("=")
        if not (equals and key.strip() and value.strip()):
            raise EnvError(f"{name} has {word!r}, which is not NAME=VALUE.")
        found[key.strip()] = value.strip()
    return found
