"""What was heard of how a track is built, in plain words: its form and its harmony."""

from __future__ import annotations

from core.schemas import Form, Harmony

FOREIGN = (0.05, 0.12)
"""Shares outside the key from which some notes, and many, are said to be foreign to it."""
BORROWED = 0.5
"""Share of those that belongs to the parallel mode, from which they are said to be borrowed from it."""
CONSONANT, DISSONANT = 0.70, 0.62
RELAXED, TENSE = 0.19, 0.27
"""Between these nothing is said. Set by ear, so that half of the demonstration library lies between."""


def sentences(form: Form | None, harmony: Harmony | None, mode: int | None) -> tuple[str, ...]:
    """One each for what is known. ``mode``: 1 major, 0 minor."""
    told = [form_in_words(form)] if form else []
    return (*told, harmony_in_words(harmony, 1 if mode is None else mode)) if harmony else tuple(told)


def form_in_words(form: Form) -> str:
    """Such as "Heard from 0:24 to 1:24: 3 sections, changing at 0:41 and 1:02, a drop at 0:41"."""
    count = len(form.sections)
    told = [f"{count} sections, changing at {_clock_list(form.sections[1:])}" if count > 1 else "one section"]
    if form.build_up:
        told.append(f"a build-up from {clock(form.build_up[0])} to {clock(form.build_up[1])}")
    if form.drops:
        told.append(f"a drop at {_clock_list(form.drops)}")
    if form.breaks:
        told.append(f"it thins out at {_clock_list(form.breaks)}")
    told.append("even throughout" if form.climax is None else f"fullest around {clock(form.climax)}")
    return f"Heard from {clock(form.start)} to {clock(form.end)}: {', '.join(told)}."


def harmony_in_words(harmony: Harmony, mode: int) -> str:
    """Such as "Stays in its key; consonant; its chords change about 22 times a minute"."""
    some, many = FOREIGN
    if harmony.outside < some:
        told = ["Stays in its key"]
    elif harmony.mixture >= BORROWED * harmony.outside:
        told = [f"Borrows from {'minor' if mode else 'major'}"]
    else:
        told = [f"{'Many' if harmony.outside >= many else 'Some'} notes are outside its key"]
    if harmony.consonance >= CONSONANT or harmony.consonance <= DISSONANT:
        told.append("consonant" if harmony.consonance >= CONSONANT else "dissonant")
    if harmony.tension <= RELAXED or harmony.tension >= TENSE:
        told.append("at rest" if harmony.tension <= RELAXED else "tense")
    times = round(harmony.changes)
    told.append(f"its chords change about {times} times a minute" if times >= 2 else "its chords hardly change")
    return "; ".join(told) + "."


def clock(seconds: float) -> str:
    """Minutes and seconds, as players show them."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def _clock_list(seconds: tuple[float, ...]) -> str:
    *rest, last = map(clock, seconds)
    return f"{', '.join(rest)} and {last}" if rest else last
