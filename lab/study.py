"""What a study is: named parts, each of which turns data into findings; and the lab it works in.

A part that lacks its data raises ``NotHere``: the runner writes down what is missing and goes on. A finding is made of
tables (every cell a text, a number or an ``Estimate``), charts drawn from them, and remarks. A table may be marked as a
``control``: labels were shuffled, so its figures must lie at chance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from core.errors import NotFound
from core.stats.intervals import Estimate

Value = TypeVar("Value")
Cell = Estimate | float | str


class NotHere(NotFound):
    """Data (or a model tier) that a part needs and that is not on this machine."""

    code = "missing_data"
    message = "A data set is not here."
    hint = "The page of data sets says what to download and where to put it."


@dataclass(frozen=True, kw_only=True)
class Table:
    """``columns``: the first names the rows. ``measures``: seconds, bytes and the like that no two runs share."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    control: bool = False
    measures: bool = False


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A drawing of one table: ``bars`` of one column by row, or ``lines`` of columns over the first one.

    ``chance``: where a guess would lie; None where there is no such line.
    """

    table: str
    kind: Literal["bars", "lines"]
    columns: tuple[str, ...]
    title: str
    chance: float | None = None


@dataclass(frozen=True, kw_only=True)
class Findings:
    tables: tuple[Table, ...]
    charts: tuple[Chart, ...] = ()
    remarks: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass
class Lab:
    """Where studies work. ``database``: gives a catalogue of its own while a study needs one."""

    data: Path
    seed: int = 0
    quick: bool = False
    database: Callable[[], AbstractContextManager[None]] | None = None
    _kept: dict[str, Any] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    def random(self, salt: str) -> np.random.Generator:
        """A generator of its own for every use, so that one part's draws do not move another's."""
        return np.random.default_rng([self.seed, *salt.encode()])

    def file(self, *names: str) -> Path:
        """A file or folder of the data. Raises NotHere, naming it."""
        path = self.data.joinpath(*names)
        if not path.exists():
            raise NotHere(f"{'/'.join(names)} is not in the data folder.")
        return path

    def once(self, name: str, work: Callable[[], Value]) -> Value:
        """The result of ``work``, done once for all studies of this run."""
        if name not in self._kept:
            self._kept[name] = work()
        value: Value = self._kept[name]
        return value

    def enter(self, context: AbstractContextManager[Value]) -> Value:
        """Something kept open until the lab is closed."""
        return self._open.enter_context(context)

    def close(self, *names: str) -> None:
        """End what was kept open, and forget these results."""
        self._open.close()
        for name in names:
            self._kept.pop(name, None)


Part = Callable[[Lab], Findings]


@dataclass(frozen=True, kw_only=True)
class Study:
    """``question``: what it asks, in a sentence. ``parts``: run in order, each on its own."""

    name: str
    title: str
    question: str
    parts: Mapping[str, Part]

    def with_parts(self, more: Mapping[str, Part]) -> Study:
        """The same study with parts that a higher room adds."""
        return replace(self, parts={**self.parts, **more})
