"""Reasons a friend would give for a known song: how it sounds, and what it has to do with what is seen or said.

Only what is true of the track is said: its own styles, moods, voice and pace, and the theme or style that raised it.
Within a list no phrase comes twice while another true one is left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from django.utils.translation import gettext_noop as later

from core.schemas import MusicBrief, Take
from core.wording import Wording
from recommender.music.occasions import occasions
from recommender.music.styles import spoken
from recommender.perception.vocabulary import MOODS
from recommender.ranking.features import Pool

SLOW, FAST = 80.0, 140.0
JUDGED_MOOD = 0.8
STILL, LIVELY = 0.3, 0.75
VOICES = {
    "none": (later("without words"),),
    "female": (later("a woman's voice"),),
    "male": (later("a man's voice"),),
    "mixed": (later("voices together"),),
    "choir": (later("a choir"),),
}
THEME = (
    later("{sound}, made for {thing}."),
    later("{sound}: it belongs to {thing}."),
    later("{sound}, a song for {thing}."),
    later("{sound}: {thing} in a song."),
)
ABOUT_FAME = (later("{sound}: nearly everybody knows it."), later("{sound}, and everybody can hum along."))
STYLE_OF = (
    later("{sound}, {year}."),
    later("{sound}, from the {decade}s."),
    later("{sound}, from {year}."),
    later("{sound}, the {decade}s in a song."),
)
STYLE = (later("{sound}."),)
MOOD = (
    later("{sound}, as {mood} as {thing}."),
    later("{sound}, {mood} like {thing}."),
    later("{sound}, in the mood of {thing}."),
)
MOODLESS = ("people", "thing")
NOBODY_KNOWS = 0.95
"""Fame from which nearly everybody knows a song."""


class Phrases:
    """The reasons of one list; remembers what was said."""

    def __init__(self, brief: MusicBrief) -> None:
        self._brief = brief
        self._forms: Counter[str] = Counter()
        self._said: Counter[str] = Counter()

    def reason(self, pool: Pool, row: int, cause: str) -> Wording | None:
        """One sentence for a cause (``style``, ``theme``, ``fame``, ``affect`` or ``mood``); None where nothing is
        known of the track."""
        take = self._brief.direction
        if take is None or not pool.styles[row]:
            return None
        thing, forms = self._link(pool, row, cause, take)
        form = min(forms, key=lambda one: (self._forms[one], forms.index(one)))
        moods = _moods(pool, row)
        mood = moods[0] if "{mood}" in form else ""
        sound = min(_sounds(pool, row, [] if mood else moods), key=lambda one: self._said[one.english])
        self._forms[form] += 1
        self._said[sound.english] += 1
        year = pool.facts[row].year or 0
        words = {"thing": thing, "mood": mood, "year": str(year), "decade": str(year // 10 * 10)}
        filled = {hole: (word,) for hole, word in words.items() if f"{{{hole}}}" in form}
        return Wording(text=form, words={"sound": (sound,), **filled})

    def _link(self, pool: Pool, row: int, cause: str, take: Take) -> tuple[str, tuple[str, ...]]:
        if cause == "theme" and (name := _shared_theme(pool, row, take)):
            return occasions()[name].thing, THEME
        if cause == "fame" and pool.columns["fame"][row] >= NOBODY_KNOWS:
            return "", ABOUT_FAME
        if cause in ("affect", "mood") and _has_a_mood(take.concept) and _moods(pool, row):
            return occasions()[take.concept].thing, MOOD
        return "", STYLE_OF if pool.facts[row].year else STYLE


def _has_a_mood(concept: str) -> bool:
    """Whether one would say that a song is "as calm as" it: of the sea, not of a mother or a meal."""
    return concept in occasions() and occasions()[concept].kind not in MOODLESS


def _shared_theme(pool: Pool, row: int, take: Take) -> str:
    shared = {name: take.themes[name] for name in pool.themes[row] if name in take.themes and name in occasions()}
    return max(shared, key=shared.__getitem__, default="")


def _moods(pool: Pool, row: int) -> list[str]:
    """The moods that an editor heard in the track, but what its style's name says already."""
    heard, style = pool.moods[row], spoken(pool.styles[row][0])
    return [name for name in heard if name in MOODS and heard[name] >= JUDGED_MOOD and name not in style]


def _sounds(pool: Pool, row: int, moods: Sequence[str]) -> Iterator[Wording]:
    """How the track sounds, in several true ways, the fullest first."""
    style, pace = _styled(pool.styles[row][0]), _pace(pool, row)
    voices = VOICES.get(pool.vocals[row], ("",))
    for mood in moods[:3]:
        if pace:
            yield _sound(later("{pace}, {mood} {style}"), pace=pace, mood=mood, style=style)
        for voice in voices:
            if voice:
                yield _sound(later("{mood} {style}, {voice}"), mood=mood, style=style, voice=voice)
        yield _sound(later("{mood} {style}"), mood=mood, style=style)
    if pace and voices[0]:
        yield _sound(later("{pace} {style}, {voice}"), pace=pace, style=style, voice=voices[0])
    for other in pool.styles[row][1:2]:
        yield _sound(later("{style} with some {other}"), style=style, other=_styled(other))
    yield style


def _sound(text: str, **words: str | Wording) -> Wording:
    return Wording(text=text, words={hole: (word,) for hole, word in words.items()})


def _styled(name: str) -> Wording:
    return _sound("{style}", style=spoken(name))


def _pace(pool: Pool, row: int) -> str:
    tempo, arousal = pool.columns["tempo"][row], pool.columns["arousal"][row]
    if (np.isfinite(tempo) and tempo < SLOW and arousal < 0.5) or (np.isfinite(arousal) and arousal <= STILL):
        return later("slow")
    if (np.isfinite(tempo) and tempo > FAST and arousal > 0.5) or (np.isfinite(arousal) and arousal >= LIVELY):
        return later("fast")
    return later("unhurried") if np.isfinite(arousal) and arousal <= 0.45 else ""
