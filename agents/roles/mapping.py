"""Agent 3: what was seen and said to a musical brief; and, with a song given, how well the two fit."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from agents.board import Board, Patch
from agents.roles.base import failed
from core.schemas import Alignment, ImageReading, MusicBrief
from core.storage import on_disk
from core.wording import headed
from feedback.taste import context
from recommender import mapping
from recommender.library.importers.audio_tags import read_tags
from recommender.library.importers.editor_songs import Known, known_of
from recommender.mapping.text_vector import Embed
from recommender.music.occasions import occasions
from recommender.perception.vocabulary import MOODS
from recommender.perception.weights.loaders import embed_texts
from recommender.ranking import alignment
from recommender.ranking.unmet import groups_of, phrase

CONTRADICTION = 0.12
"""Distance on one axis from which a reading's point and its moods cannot both be right: of 40 photos' readings none
is further apart than 0.11."""


MOVED = 0.02
"""From so far a list counts as brighter, darker, livelier or calmer than the one before."""
PLAIN = 0.08
"""So far off the middle of an axis a list counts as bright or dark, lively or calm."""


class Mapping:
    name = "mapping"
    title = "Deciding what it is about"
    patience = 60.0
    gives = frozenset({"brief", "alignment"})

    def __init__(self, embed: Embed = embed_texts) -> None:
        self._embed = embed

    def ready(self, board: Board) -> bool:
        if board.brief is not None:
            return False
        order = board.order
        pictured = bool(order.pictures or any(order.cached))
        seen = not pictured or board.reading is not None or failed(board, "image_analysis")
        surveyed = board.pool is not None or failed(board, "music_understanding")
        return seen and surveyed

    def act(self, board: Board) -> Patch:
        board = replace(board, reading=consistent(board.reading) if board.reading else None)
        brief = self._brief(board)
        if board.heard:
            brief = mapping.with_song(brief, board.heard)
        brief = mapping.with_stages(brief, board.readings, board.order.together)
        fit = alignment.align(board.reading, board.heard, _song(board)) if board.reading and board.heard else None
        return Patch(
            changes={"brief": brief, "alignment": fit}, summary=describe(brief, board, fit), hand_to="recommendation"
        )

    def _brief(self, board: Board) -> MusicBrief:
        if board.reading is None and not board.order.words and board.heard:
            return MusicBrief(valence=board.heard.valence, arousal=board.heard.arousal)
        return brief_of(board, board.order.reasoning, self._embed)


def _song(board: Board) -> Known | None:
    """What is known of the uploaded song, where its tags or its name tell which it is."""
    if board.order.sound is None:
        return None
    with on_disk(board.order.sound) as path:
        tags = read_tags(path, board.order.sound_name)
    return known_of(tags.title, tags.artist, tags.genre)


def brief_of(board: Board, reasoning: str, embed: Embed | None) -> MusicBrief:
    """The brief for what was seen and said: a move from the one before when a list is refined, else a new one."""
    order = board.order
    brief = _without_moment(board, reasoning, embed)
    return context.in_moment(brief, order.moment, order.learned) if order.moment else brief


def _without_moment(board: Board, reasoning: str, embed: Embed | None) -> MusicBrief:
    order = board.order
    if order.refining and order.previous is not None:
        start = mapping.towards(order.previous, order.like) if order.like else order.previous
        moved = mapping.move(start, order.words, order.current, embed=embed)
        return _as_long(moved, order.count) if order.count else moved
    brief = mapping.brief_for(
        board.reading,
        order.words,
        reasoning=reasoning,
        count=order.count,
        previous=order.previous,
        embed=embed,
        leanings=order.leanings,
    )
    brief = mapping.choose_take(brief, order.take) if order.take > 1 else brief
    return replace(brief, like=order.like)


def _as_long(brief: MusicBrief, count: int) -> MusicBrief:
    """The brief for so many tracks; an earlier wish for another length no longer holds."""
    limits = replace(brief.limits, count=None, minutes=None)
    return replace(brief, count=min(count, mapping.MOST_TRACKS), limits=limits)


def consistent(reading: ImageReading) -> ImageReading:
    """The reading, or, where its point contradicts its own moods, the same reading at its moods' place.

    Both come from the same picture by different routes; far apart, one of them is wrong, and several moods together
    are harder to get wrong than one number. Moods lie as far apart as people's ratings do, so the reading's point is
    compared, and given back, with that spread.
    """
    known = [(MOODS[mood.name], mood.score) for mood in reading.moods if mood.name in MOODS and mood.score > 0]
    total = sum(score for _, score in known)
    if not total:
        return reading
    valence = sum(term.valence * score for term, score in known) / total
    arousal = sum(term.arousal * score for term, score in known) / total
    told_valence, told_arousal = mapping.rescale_to_rating_spread(reading)
    if max(abs(valence - told_valence), abs(arousal - told_arousal)) <= CONTRADICTION:
        return reading
    return replace(reading, valence=valence, arousal=arousal, valence_sd=0.0, arousal_sd=0.0)


def describe(brief: MusicBrief, board: Board, fit: Alignment | None = None) -> str:
    """ "Went with the wedding (gown, church): First dance; bright and lively. Your limits: no rock." """
    if board.order.refining and board.order.previous:
        text = _steps(board.order.previous, brief)
    else:
        text = _("; ").join([_about(brief, board.reading), _feel(brief)])
    told = [text]
    if groups := groups_of(brief.limits):
        kept = ", ".join(phrase(brief.limits, group) for group in groups)
        told.append(_("Your limits: {limits}").format(limits=kept))
    if fit:
        told.append(_("Your song and the picture fit {score} of 100.").format(score=round(fit.score)).removesuffix("."))
    return ". ".join(told)


def _about(brief: MusicBrief, reading: ImageReading | None) -> str:
    """What of the things seen or said was taken for the subject, and by what it shows."""
    take = brief.takes[brief.take - 1] if 0 < brief.take <= len(brief.takes) else None
    known = occasions().get(take.concept) if take else None
    if take is None or known is None:
        return _("Went with the mood of the picture") if reading else _("Went with your words")
    shows = [_(label.name) for label in reading.objects[:2]] if reading else []
    by = f" ({', '.join(shows)})" if shows else ""
    return _("Went with {thing}: {title}").format(thing=f"{_(known.thing)}{by}", title=take.called)


def _feel(brief: MusicBrief) -> str:
    mood = pgettext("tracks", "neither bright nor dark")
    if abs(brief.valence - 0.5) > PLAIN:
        mood = pgettext("tracks", "bright") if brief.valence > 0.5 else pgettext("tracks", "dark")
    pace = pgettext("tracks", "at an easy pace")
    if abs(brief.arousal - 0.5) > PLAIN:
        pace = pgettext("tracks", "lively") if brief.arousal > 0.5 else pgettext("tracks", "calm")
    return _("{mood} and {pace}").format(mood=mood, pace=pace)


def _steps(before: MusicBrief, after: MusicBrief) -> str:
    """How a wish moved the list."""
    sides = [
        up if change > 0 else down
        for change, up, down in (
            (after.valence - before.valence, _("brighter"), _("darker")),
            (after.arousal - before.arousal, _("livelier"), _("calmer")),
        )
        if abs(change) >= MOVED
    ]
    if not sides:
        return _("The same mood as before")
    return headed(_("a {sides} list than before").format(sides=_(" and ").join(sides)))
