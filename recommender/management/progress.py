"""Progress of long commands, on standard error: one line that moves on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from typing import Any

from accounts.models import User
from core.errors import NotFound

LOG_SECONDS = 5.0
DRAW_SECONDS = 0.1


class ProgressLine:
    """Callable as a job's ``on_step``. The time left is told from the pace of this run, once there is one."""

    def __init__(self, what: str) -> None:
        self._what, self._shown = what, 0.0
        self._started: tuple[float, int] | None = None
        self._terminal = sys.stderr.isatty()
        self._pause = DRAW_SECONDS if self._terminal else LOG_SECONDS

    def __call__(self, done: int, total: int, note: str) -> None:
        now = time.monotonic()
        if self._started is None:
            self._started = (now, done)
        last = bool(total) and done >= total
        if now - self._shown < self._pause and not last:
            return
        self._shown = now
        count = f"{done:,} of {total:,}" if total else f"{done:,}"
        text = ", ".join(filter(None, (f"{self._what}: {count}", self._left(now, done, total), note[:40])))
        if self._terminal:
            print(f"\r\x1b[K{text}", end="\n" if last else "", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)

    def _left(self, now: float, done: int, total: int) -> str:
        started, first = self._started or (now, done)
        if done - first < 3 or done >= total:
            return ""
        seconds = (now - started) / (done - first) * (total - done)
        return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def owner_of(email: str) -> User | None:
    """The person with this address; None for no address. Raises ``NotFound``."""
    if not email:
        return None
    owner = User.objects.filter(email__iexact=email, is_guest=False).first()
    if owner is None:
        raise NotFound(f"There is no account with the address {email}.", hint="Check it, or sign up first.")
    return owner


def in_words(line: dict[str, Any]) -> str:
    """Counts and reasons for a person's eyes."""
    counts = ", ".join(f"{line[name]:,} {name}" for name in ("read", "added", "updated", "unchanged", "skipped"))
    if line.get("missing"):
        counts += f", {line['missing']:,} missing"
    lines = [counts]
    for reason in line["reasons"]:
        lines.append(f"  {reason['code']}: {reason['count']:,}")
        for example in reason["examples"]:
            where = f"line {example['line']}" if "line" in example else example["file"]
            lines.append(f"    {where}: {example['why']}")
    return "\n".join(lines)
