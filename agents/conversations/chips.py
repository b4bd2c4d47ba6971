"""What was seen or said as things to tap: chips to switch off, the ways to hear it, one thing worth asking."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import pgettext

from agents.conversations.track_rows import percent
from core.schemas import ImageReading, Label, Limits, MusicBrief
from feedback.taste import context
from recommender import mapping
from recommender.music.occasions import occasions
from recommender.ranking.unmet import groups_of, phrase

CHIP_GROUPS = (
    ("concept", later("In the photo")),
    ("mood", later("Mood")),
    ("scene", later("Scene")),
    ("object", later("Things")),
    ("place", later("Place")),
    ("weather", later("Weather")),
    ("time", later("Time of day")),
    ("season", later("Season")),
    ("activity", later("Activity")),
    ("company", later("Company")),
    ("style", later("Style")),
    ("expression", later("Expression")),
)
"""Kinds of chips in their order; from place on, only the full tier names them."""
MOST_CHIPS = 7
CLOSE = 0.6
"""A second concept this much as likely as the first is asked about."""


@dataclass(frozen=True)
class Chip:
    """One thing seen that can be switched off. ``key`` is ``kind:name``."""

    key: str
    name: str
    percent: int
    on: bool

    @property
    def shown(self) -> str:
        """What it is called: a concept by the thing it stands for."""
        kind, _colon, name = self.key.partition(":")
        known = occasions().get(name) if kind == "concept" else None
        return bare_thing(known.thing) if known and known.thing else _(self.name)


@dataclass(frozen=True)
class LimitChip:
    """A limit that the list keeps, and that can be taken off: ``limit`` names it, ``text`` says it."""

    limit: str
    text: str


@dataclass(frozen=True)
class Question:
    """One thing worth asking: which of two things seen matters. ``answers``: a take's number and what it stands for."""

    text: str
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class TakeTab:
    """One way to hear the photo, by its number."""

    number: int
    title: str
    chosen: bool


def bare_thing(thing: str) -> str:
    """What a photo shows as a chip calls it: "beach" for "the beach"."""
    articles = pgettext("articles, parted by bars", "the")
    return re.sub(rf"^(?:{articles})(?:\s+|(?<='))", "", _(thing))


def limit_chips(limits: Limits) -> list[LimitChip]:
    """What every track of the list keeps, and its minutes, each as a chip; a pair (first and last year) is one."""
    chips = [LimitChip(group[0], _worded(limits, group)) for group in groups_of(limits)]
    return (
        [*chips, LimitChip("minutes", _("{count} minutes").format(count=f"{limits.minutes:g}"))]
        if limits.minutes
        else chips
    )


def _worded(limits: Limits, group: tuple[str, ...]) -> str:
    """A limit in two or three words: "From the 90s", "Only jazz", "By Nina Simone"."""
    said = phrase(limits, group)
    text = _("only {what}").format(what=said) if group[0] == "genres" else said.replace(" beats a minute", " bpm")
    return f"{text[0].upper()}{text[1:]}"


def tabs_of(brief: MusicBrief) -> list[TakeTab]:
    """The likeliest ways to hear it, and the chosen one if it is none of these; none where there is no choice."""
    shown = mapping.shown_takes(brief)
    if shown and brief.take not in shown and brief.take in mapping.standing_takes(brief, brief.switched_off):
        shown.append(brief.take)
    return [TakeTab(number, brief.takes[number - 1].called, number == brief.take) for number in shown]


def question_of(reading: ImageReading, brief: MusicBrief) -> Question | None:
    """Which of the two likeliest things seen matters, where they are close and would play something else."""
    seen = [label for label in reading.concepts if label.name in occasions()][:2]
    if len(seen) < 2 or seen[1].score < CLOSE * seen[0].score:
        return None
    first = {take.concept: number for number, take in reversed(list(enumerate(brief.takes, 1)))}
    numbers = [first.get(label.name, 0) for label in seen]
    things = [_(occasions()[label.name].thing) if occasions()[label.name].thing else "" for label in seen]
    if not all(numbers) or not all(things) or things[0] == things[1]:
        return None
    one, other = (set(brief.takes[number - 1].styles) for number in numbers)
    if one & other:
        return None
    asked = _("{one} or {other}?").format(one=f"{things[0][0].upper()}{things[0][1:]}", other=things[1])
    return Question(asked, tuple(zip(numbers, things, strict=True)))


def chips_of(reading: ImageReading | None, brief: MusicBrief | None) -> list[tuple[str, list[Chip]]]:
    """Named groups of chips, those switched off among them; without a photo, the moods that the words asked for."""
    off = set(brief.switched_off) if brief else set()
    seen = _seen(reading, brief)
    groups = []
    for kind, title in CHIP_GROUPS:
        names = {label.name: label.score for label in seen[kind]}
        names.update({key.partition(":")[2]: 0.0 for key in off if key.startswith(f"{kind}:")} | names)
        ranked = sorted(names.items(), key=lambda pair: -pair[1])[:MOST_CHIPS]
        if ranked:
            groups.append((_(title), [Chip(f"{kind}:{n}", n, percent(s), f"{kind}:{n}" not in off) for n, s in ranked]))
    moment = [
        Chip(one.key, context.chip_of(one.name), 0, one.key not in off) for one in (brief.moment if brief else ())
    ]
    return [*groups, (_("This moment"), moment)] if moment else groups


def _seen(reading: ImageReading | None, brief: MusicBrief | None) -> dict[str, Iterable[Label]]:
    """What there is to switch off, by kind."""
    seen: dict[str, Iterable[Label]] = {kind: () for kind, _ in CHIP_GROUPS}
    if reading:
        seen = {kind: [tag for tag in reading.tags if tag.kind == kind] for kind in seen}
        named = {"concept": reading.concepts, "mood": reading.moods, "scene": reading.scenes, "object": reading.objects}
        return seen | named
    if brief:
        seen["mood"] = [label for label in brief.moods if label.score > 0]
    return seen
