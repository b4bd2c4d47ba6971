"""Jobs for processes of their own, of every bad kind."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from core.confined import Answer
from core.errors import BadInput


def echo(told: dict[str, Any], data: bytes) -> Answer:
    return {"told": told, "names": sorted(os.environ), "pid": os.getpid()}, [data, data[::-1]]


def refuse(told: dict[str, Any], data: bytes) -> Answer:
    raise BadInput("Not this one.", hint="Another.", code="not_this_one")


def hang(told: dict[str, Any], data: bytes) -> Answer:
    while True:
        pass


def eat(told: dict[str, Any], data: bytes) -> Answer:
    return {}, [bytes(told["megabytes"] * 2**20)]


def die(told: dict[str, Any], data: bytes) -> Answer:
    os.abort()


def wait_for(told: dict[str, Any], data: bytes) -> Answer:
    """Says that it has begun, and waits until it is told to end, by two named pipes."""
    with Path(told["begun"]).open("w") as begun:
        begun.write("x")
    return {"heard": Path(told["end"]).read_text()}, []
