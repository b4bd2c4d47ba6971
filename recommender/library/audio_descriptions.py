"""What was heard of how a track is built, in plain words: its form and its harmony."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.schemas import Form, Harmony
from core.wording import listed

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
    changing = _("{count} sections, changing at {times}").format(count=count, times=_clock_list(form.sections[1:]))
    told = [changing if count > 1 else _("one section")]
    if form.build_up:
        start, end = map(clock, form.build_up)
        told.append(_("a build-up from {start} to {end}").format(start=start, end=end))
    if form.drops:
        told.append(_("a drop at {times}").format(times=_clock_list(form.drops)))
    if form.breaks:
        told.append(_("it thins out at {times}").format(times=_clock_list(form.breaks)))
    fullest = (
        _("even throughout") if form.climax is None else _("fullest around {time}").format(time=clock(form.climax))
    )
    heard = _("Heard from {start} to {end}: {what}.")
    return heard.format(start=clock(form.start), end=clock(form.end), what=", ".join([*told, fullest]))


def harmony_in_words(harmony: Harmony, mode: int) -> str:
    """Such as "Stays in its key; consonant; its chords change about 22 times a minute"."""
    some, many = FOREIGN
    if harmony.outside < some:
        told = [_("Stays in its key")]
    elif harmony.mixture >= BORROWED * harmony.outside:
        told = [_("Borrows from minor") if mode else _("Borrows from major")]
    else:
        foreign = harmony.outside >= many
        told = [_("Many notes are outside its key") if foreign else _("Some notes are outside its key")]
    if harmony.consonance >= CONSONANT or harmony.consonance <= DISSONANT:
        told.append(_("consonant") if harmony.consonance >= CONSONANT else _("dissonant"))
    if harmony.tension <= RELAXED or harmony.tension >= TENSE:
        told.append(_("at rest") if harmony.tension <= RELAXED else pgettext("harmony", "tense"))
    times = round(harmony.changes)
    changes = _("its chords change about {times} times a minute").format(times=times)
    told.append(changes if times >= 2 else _("its chords hardly change"))
    return _("; ").join(told) + "."


def clock(seconds: float) -> str:
    """Minutes and seconds, as players show them."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def _clock_list(seconds: tuple[float, ...]) -> str:
    return listed([clock(one) for one in seconds])
