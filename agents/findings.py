"""What the evaluation agent finds in a list: a code with parameters, and the one place where it becomes a sentence.

Codes are what other code decides by and what is added up over many lists; sentences may be reworded at any time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from pydantic import BeforeValidator

TEXTS = {
    "too_alike": later("These sound alike."),
    "off_target": later("{how} {side} than {asked}; little {other} music here fits."),
    "more_music": later("More {side} music in the library would help."),
    "weak_picks": later("{weak} of {count} are weak matches: nothing closer is in the library."),
    "limit_broken": later("“{title}” does not keep a limit: {limit}."),
    "another_mood": later("The list was ranked for another mood than the one you asked for."),
    "reading_contradicted": later(
        "The point on the map and the moods in the picture did not agree; I went by the moods."
    ),
    "brief_corrected": later("What I looked for did not match the picture and your words; I put that right."),
    "no_music": later("There is no music in the library yet."),
    "loosen": later("Loosen a limit, or add music to the library."),
    "text": "{text}",
}
"""A sentence for each code, with its parameters."""
SUMMARIES = {
    "weak_picks": "Some are weak matches: nothing closer is in the library.",
    "limit_broken": "A track does not keep a limit: {limit}.",
}
"""The same without what differs from list to list, where that is in the sentence."""

FORMERLY = (
    (r"Widen the search: the tracks are much alike\.", "too_alike"),
    (r"The list is (?P<side>\w+) than the target by .*", "off_target"),
    (r"More music that is (?P<side>\w+) would bring the list onto the target\.", "more_music"),
    (r"(?P<weak>\d+) of (?P<count>\d+) picks are weak: .*", "weak_picks"),
    (r"“(?P<title>.*)” breaks (?P<limit>.*)\.", "limit_broken"),
    (r"The list was ranked for another mood than the one asked for\.", "another_mood"),
    (r"The picture's mood point contradicted the moods seen in it; .*", "reading_contradicted"),
    (r"The brief contradicted what was seen and said; it was put right\.", "brief_corrected"),
    (r"The catalogue is empty\.", "no_music"),
    (r"Loosen a limit, or add music to the catalogue\.", "loosen"),
)
"""The sentences that were stored before there were codes."""
WORDS = frozenset(["how", "side", "other", "asked"])
"""Parameters that are words of the sentence."""
OPPOSITES = {
    later("darker"): later("brighter"),
    "brighter": "darker",
    later("calmer"): later("livelier"),
    "livelier": "calmer",
}
HOW, BY = (later("A bit"), later("Much")), (later("you asked"), later("the photo"))
"""What may stand for ``how`` and ``asked``."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """``code``: one of ``TEXTS``; ``params``: what its sentence is filled with."""

    code: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)

    @property
    def text(self) -> str:
        told = {name: _(str(value)) if name in WORDS and value else value for name, value in self.params.items()}
        return (_(TEXTS[self.code]) if self.code != "text" else TEXTS["text"]).format(**told)

    @property
    def summary(self) -> str:
        """The sentence that the same finding in other lists shares."""
        return SUMMARIES.get(self.code, TEXTS[self.code]).format(**self.params)


def finding(code: str, **params: str | int | float) -> Finding:
    return Finding(code=code, params=params)


def off_target(side: str, how: str = "A bit", asked: str = "you asked") -> Finding:
    """The list is ``side`` (darker, livelier, ...) of what was asked for, or of the photo (``asked``)."""
    return finding("off_target", side=side, other=OPPOSITES[side], how=how, asked=asked)


def from_text(told: Any) -> Any:
    """A finding that was stored as a sentence; everything else as it is."""
    if not isinstance(told, str):
        return told
    for pattern, code in FORMERLY:
        if matched := re.fullmatch(pattern, told):
            params: dict[str, str | int | float] = dict(matched.groupdict())
            if code == "off_target":
                params |= {"other": OPPOSITES.get(str(params["side"]), "other"), "how": "A bit", "asked": "you asked"}
            return Finding(code=code, params=params)
    return finding("text", text=told)


Found = Annotated[Finding, BeforeValidator(from_text)]
"""A finding in a value that is stored: also read from what was stored before there were codes."""


def stored(verdict: dict[str, Any]) -> dict[str, Any]:
    """A dumped verdict as a turn keeps it: sentences for whoever reads it, codes beside them."""
    codes = {name: verdict[name] for name in ("findings", "suggestions")}
    texts = {name: [Finding(**one).text for one in told] for name, told in codes.items()}
    return {**verdict, **texts, "codes": codes}


def of_verdict(verdict: Mapping[str, Any], name: str) -> list[Finding]:
    """The ``findings`` or ``suggestions`` of a verdict that a turn keeps."""
    codes = verdict.get("codes", {}).get(name)
    if codes is not None:
        return [Finding(**one) for one in codes if one["code"] in TEXTS]
    return [from_text(told) for told in verdict.get(name, [])]
