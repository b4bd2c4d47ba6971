"""Findings are codes with parameters; sentences are made of them in one place."""

from __future__ import annotations

import re
import string
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from agents.board import Verdict
from agents.findings import FORMERLY, SUMMARIES, TEXTS, Finding, finding, from_text, of_verdict, off_target, stored
from core.schemas import dump, load

PLAIN = Verdict(alignment=0.5, diversity=0.5, novelty=1.0, satisfaction=0.5, kept=True)


def test_each_code_that_is_used_has_a_sentence_and_each_sentence_a_use() -> None:
    root = Path(__file__).resolve().parents[2] / "agents"
    code = "\n".join(path.read_text() for path in root.rglob("*.py"))
    used = set(re.findall(r'finding\(\s*"(\w+)"', code))
    assert used == set(TEXTS)
    assert set(SUMMARIES) <= set(TEXTS)
    assert {code for _, code in FORMERLY} <= set(TEXTS)


def test_a_verdict_is_kept_with_sentences_for_readers_and_codes_for_programs() -> None:
    weak = finding("weak_picks", weak=3, count=12)
    kept = stored(dump(replace(PLAIN, findings=(off_target("brighter"), weak), suggestions=(finding("too_alike"),))))
    assert kept["findings"] == [
        "A bit brighter than you asked; little darker music here fits.",
        "3 of 12 are weak matches: nothing closer is in the library.",
    ]
    assert kept["suggestions"] == ["These sound alike."]
    assert of_verdict(kept, "findings") == [off_target("brighter"), weak]
    assert weak.summary == "Some are weak matches: nothing closer is in the library."


@pytest.mark.parametrize(
    ("told", "code", "summary"),
    [
        ("Widen the search: the tracks are much alike.", "too_alike", "These sound alike."),
        (
            "The list is brighter than the target by 0.16.",
            "off_target",
            "A bit brighter than you asked; little darker music here fits.",
        ),
        ("“A (b)” breaks tempo.", "limit_broken", "A track does not keep a limit: tempo."),
        ("Something {else} entirely.", "text", "Something {else} entirely."),
    ],
)
def test_what_was_stored_as_a_sentence_is_read_as_its_code(told: str, code: str, summary: str) -> None:
    found = from_text(told)
    assert isinstance(found, Finding)
    assert (found.code, found.summary) == (code, summary)
    assert of_verdict({"findings": [told]}, "findings") == [found]
    verdict = load(Verdict, {**dump(PLAIN), "findings": [told]})  # a turn that an older worker began
    assert verdict.findings == (found,)


def test_former_sentences_give_every_parameter_that_their_new_one_needs() -> None:
    for pattern, code in FORMERLY:
        needed = {name for _, name, _, _ in string.Formatter().parse(TEXTS[code]) if name} - {"other", "how", "asked"}
        assert needed <= set(re.compile(pattern).groupindex), code
    assert asdict(off_target("calmer"))["params"] == {
        "side": "calmer",
        "other": "livelier",
        "how": "A bit",
        "asked": "you asked",
    }
