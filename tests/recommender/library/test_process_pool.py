"""Work in processes: one hostile item costs only itself."""

from __future__ import annotations

import os
import time
from contextlib import closing

from core.errors import BadInput, DylumoError
from recommender.library.jobs.process_pool import each


def work(item: str) -> str:
    """What each item asks for."""
    if item == "die":
        os._exit(9)
    if item == "hang":
        time.sleep(600)
    if item == "refuse":
        raise BadInput("No.", hint="Ask for less.", code="refused")
    if item == "break":
        raise ZeroDivisionError
    return item.upper()


def test_items_that_die_hang_or_fail_are_named_and_the_rest_is_done():
    items = ["a", "die", "refuse", "b", "hang", "break", "c"]
    answers = dict(each(work, items, processes=1, timeout=2.0))
    assert list(answers) == items
    assert [answers[name] for name in "abc"] == ["A", "B", "C"]
    codes = {name: answers[name].code for name in items if isinstance(answers[name], DylumoError)}
    assert codes == {"die": "crashed", "hang": "took_too_long", "refuse": "refused", "break": "internal"}
    assert answers["refuse"].hint == "Ask for less."


def test_stopping_early_ends_the_processes():
    with closing(each(work, ["a", *["hang"] * 20], processes=2)) as answers:
        assert next(answers) == ("a", "A")
        started = time.monotonic()
    assert time.monotonic() - started < 10


def test_nothing_to_do_starts_nothing():
    assert list(each(work, [])) == []
