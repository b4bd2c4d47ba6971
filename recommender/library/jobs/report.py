"""What came of reading many rows or files: counts, and reasons for everything left out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

EXAMPLES = 5


@dataclass
class Outcome:
    """Counts of one import or scan: ``read = added + updated + unchanged + skipped``.

    ``missing`` counts known files that are no longer there. Each skip has a stable code, and the first
    ``EXAMPLES`` of each code say where (a line or a file) and why.
    """

    read: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    missing: int = 0
    skips: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def skipped(self) -> int:
        return self.skips.total()

    def skip(self, code: str, where: int | str, why: str, count: int = 1) -> None:
        """Note something left out. ``where``: a line number or a path."""
        self.skips[code] += count
        kept = self.examples.setdefault(code, [])
        if len(kept) < EXAMPLES:
            kept.append({"line" if isinstance(where, int) else "file": where, "why": why})

    def counts(self) -> dict[str, int]:
        return {
            "read": self.read,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "missing": self.missing,
            "skipped": self.skipped,
        }

    def reasons(self) -> list[dict[str, Any]]:
        """``[{code, count, examples}]``, most frequent first."""
        return [{"code": code, "count": n, "examples": self.examples[code]} for code, n in self.skips.most_common()]

    def as_json(self) -> dict[str, Any]:
        """The command line's object: the counts, and ``reasons`` for what was skipped."""
        return {**self.counts(), "reasons": self.reasons()}
