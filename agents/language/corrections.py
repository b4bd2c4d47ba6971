"""Sentences that take themselves back: "make it livelier. no wait, calmer", "remove number 2, no sorry, number 3"."""

from __future__ import annotations

import re

from agents.language.pointing import REFERENCE

_TAKEN_BACK = (
    r"no,? wait|wait,? no|no,? sorry|sorry,? no|sorry,? i mean|no,? i mean|i mean|i meant|no,? actually|actually,? no|"
    r"scratch that|make that|or rather|nein,? warte|warte,? nein|ich meine|quatsch|no,? espera|perd[oó]n|digo|"
    r"quiero decir|non,? attends|attends,? non|je veux dire|no,? aspetta|anzi|cioè|"
    r"não,? espera|quer dizer|aliás"
)
TAKEN_BACK = re.compile(
    rf"^(?P<first>.{{3,}}?)(?:[,.;!?]| -)+ ?(?:{_TAKEN_BACK})\b[,.!: ]*(?!it\b[.! ]*$)(?P<then>\S.*)$",
    re.IGNORECASE,
)
_POINTS = re.compile(REFERENCE)


def as_meant(said: str) -> str:
    """The sentence with what was taken back left out: a mere place or name stands for the one before it, all else for
    the whole."""
    match = TAKEN_BACK.match(said)
    if match is None:
        return said
    first, then = match["first"], match["then"]
    if not _POINTS.fullmatch(then.lower().strip(" .!?")):
        return then
    places = list(_POINTS.finditer(first.lower()))
    if not places:
        return said  # "great, make that the last one" takes nothing back
    return f"{first[: places[-1].start()]}{then.strip(' .!?')}{first[places[-1].end() :]}"
