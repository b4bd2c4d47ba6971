"""Agent 5: a list to a verdict. Are the limits kept, is it where the brief lies, is it varied, is it new?

It may ask for one more round with a changed brief: when the tracks are all alike, the search is widened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import pgettext

from agents.board import Board, Patch, Verdict
from agents.findings import Finding, finding, off_target
from agents.roles.mapping import brief_of, consistent
from core.schemas import MusicBrief, RankedList, ScoredTrack
from core.wording import headed
from recommender import mapping
from recommender.models import Track
from recommender.ranking import features, filters
from recommender.ranking.rerank import alikeness
from recommender.ranking.scoring import affect

OFF_BRIEF = 0.05
"""Distance on one axis between the brief and what the plain rules make of the same picture and words."""
CONTRADICTED = finding("reading_contradicted")
MISSTATED = 0.05
"""Mean distance, 0..1, between the matches in mood that a list states and those that its brief gives."""
ANOTHER_MOOD = finding("another_mood")
OFF_TARGET = 0.15
"""Distance on one axis between the list's mean and the brief from which it is named."""
FAR_OFF = 0.3
"""The distance from which it is more than a bit."""
TOO_ALIKE = 0.25
"""Mean pairwise distance below which a list is monotonous."""
WIDEST = 0.3
"""Spread around the target beyond which nothing would count as close any more."""
SATISFACTION = {"match": 0.5, "alignment": 0.3, "diversity": 0.2}
"""Weights of the predicted satisfaction: set by hand until enough list ratings are there to fit them."""


class Evaluation:
    name = "evaluation"
    title = "Checking the list"
    patience = 10.0
    gives = frozenset({"verdict"})

    def ready(self, board: Board) -> bool:
        return board.ranked is not None and board.verdict is None

    def act(self, board: Board) -> Patch:
        if board.ranked is None or board.brief is None:
            raise ValueError("a list and its brief are needed to judge by")
        asked = "you asked" if board.order.words or board.reading is None else "the photo"
        verdict = judge(board.ranked, board.brief, before=board.order.current, asked=asked)
        if (due := expected_point(board)) and apart(due, (board.brief.valence, board.brief.arousal)) > OFF_BRIEF:
            corrected = mapping.adjust(board.brief, valence=due[0], arousal=due[1])
            told = finding("brief_corrected")
            verdict = replace(verdict, again=corrected, findings=(told, *verdict.findings), suggestions=(told,))
        if board.reading and consistent(board.reading) is not board.reading:
            verdict = replace(verdict, findings=(CONTRADICTED, *verdict.findings))
        return Patch(changes={"verdict": verdict}, summary=describe(verdict))


def expected_point(board: Board) -> tuple[float, float] | None:
    """Where the brief's point should lie by the plain rules, worked out a second time, without a model.

    None when it cannot be told: the person pointed at a place, or another reasoning sets the point its own way.
    """
    order = board.order
    if order.reasoning == "neural" or board.heard or (board.reading is None and not order.words):
        return None
    seen = replace(board, reading=consistent(board.reading) if board.reading else None)
    due = brief_of(seen, "symbolic", None)
    return due.valence, due.arousal


def apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The larger of the distances on the two axes."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def judge(
    ranked: RankedList, brief: MusicBrief, *, before: Sequence[ScoredTrack] = (), asked: str = "you asked"
) -> Verdict:
    """The verdict on a list for a brief; ``before``: the list it takes the place of; ``asked``: what it is held
    against, as a sentence names it."""
    if not ranked.tracks:
        told = finding("text", text=ranked.unmet[0].message) if ranked.unmet else finding("no_music")
        return Verdict(
            alignment=0.0,
            diversity=0.0,
            novelty=0.0,
            satisfaction=0.0,
            kept=True,
            findings=(told,),
            suggestions=(finding("loosen"),),
        )
    tracks = features.load(Track.objects.all(), [track.track_id for track in ranked.tracks])
    near = dict(zip(tracks.ids.tolist(), affect(tracks, brief).tolist(), strict=True))
    known = [value for value in near.values() if np.isfinite(value)]
    alignment = float(np.mean(known)) if known else None
    diversity = variety(tracks)
    old = {track.track_id for track in before}
    novelty = sum(track.track_id not in old for track in ranked.tracks) / len(ranked.tracks)
    broken = [
        finding("limit_broken", title=fact.title, limit=name)
        for fact in tracks.facts
        for name in filters.broken(brief.limits, fact)
    ]
    match = sum(track.score for track in ranked.tracks) / len(ranked.tracks) / 100
    satisfaction = predicted({"match": match, "alignment": alignment, "diversity": min(1.0, 2 * diversity)})
    another = (ANOTHER_MOOD,) if misstated(ranked, brief, near) else ()
    drift = offset(ranked.tracks, brief)
    again, suggestions = better(brief, drift, diversity, len(ranked.tracks))
    if any(track.propensity < 1 for track in ranked.tracks):
        again = None  # a list drawn by chance stands as it fell, else its propensities would not be true
    return Verdict(
        alignment=None if alignment is None else round(alignment, 4),
        diversity=round(diversity, 4),
        novelty=round(novelty, 4),
        satisfaction=round(satisfaction, 4),
        kept=not broken,
        # who asks for somebody by name takes them as they are
        findings=(*broken, *another, *(() if brief.limits.include_artists else findings(drift, ranked, asked))),
        suggestions=suggestions,
        again=again,
    )


def misstated(ranked: RankedList, brief: MusicBrief, near: Mapping[int, float]) -> bool:
    """Whether the matches in mood that the list states are others than these (by track id), which its brief gives.
    A list in stages is ranked for a mood of each stage, and is not asked."""
    apart = [
        abs(part.value - near[track.track_id])
        for track in ranked.tracks
        for part in track.parts
        if part.name == "affect" and np.isfinite(near.get(track.track_id, np.nan))
    ]
    return not brief.stages and bool(apart) and float(np.mean(apart)) > MISSTATED


def predicted(told: Mapping[str, float | None]) -> float:
    """The satisfaction to expect, 0..1; what is not known counts for nothing either way."""
    known = {name: value for name, value in told.items() if value is not None}
    return sum(SATISFACTION[name] * value for name, value in known.items()) / sum(SATISFACTION[name] for name in known)


def variety(tracks: features.Pool) -> float:
    """Mean pairwise distance, 0..1 (intra-list diversity); 0 for fewer than two tracks."""
    count = len(tracks)
    if count < 2:
        return 0.0
    alike = alikeness(tracks)
    return float(1 - (alike.sum() - np.trace(alike)) / (count * (count - 1)))


def offset(tracks: Sequence[ScoredTrack], brief: MusicBrief) -> tuple[float, float]:
    """How far the list's mean lies from the target, in valence and arousal."""
    known = [
        (track.valence, track.arousal) for track in tracks if track.valence is not None and track.arousal is not None
    ]
    if not known:
        return 0.0, 0.0
    valence, arousal = np.mean(np.array(known, dtype=np.float64), axis=0)
    return float(valence - brief.valence), float(arousal - brief.arousal)


def findings(drift: tuple[float, float], ranked: RankedList, asked: str) -> tuple[Finding, ...]:
    sides = (("darker", "brighter"), ("calmer", "livelier"))
    told = [
        off_target(words[apart > 0], "Much" if abs(apart) > FAR_OFF else "A bit", asked)
        for apart, words in zip(drift, sides, strict=True)
        if abs(apart) > OFF_TARGET
    ]
    if weak := sum(track.weak for track in ranked.tracks):
        told.append(finding("weak_picks", weak=weak, count=len(ranked.tracks)))
    return tuple(told)


def better(
    brief: MusicBrief, drift: tuple[float, float], diversity: float, count: int
) -> tuple[MusicBrief | None, tuple[Finding, ...]]:
    """A changed brief worth one more round (None: the list stands), and what would improve the list.

    The target point is never moved: it is the person's. What lies off it is named instead.
    """
    told = [
        finding("more_music", side=words[apart < 0])
        for apart, words in zip(drift, (("darker", "brighter"), ("calmer", "livelier")), strict=True)
        if abs(apart) > OFF_TARGET
    ]
    if count < 4 or diversity >= TOO_ALIKE or brief.spread >= WIDEST or brief.direction:  # a take holds together
        return None, tuple(told)
    wider = replace(brief, spread=min(WIDEST, brief.spread * 1.4))
    return wider, (finding("too_alike"), *told)


NEAR = (
    (0.75, later("close to the mood that was asked for")),
    (0.5, later("fairly close to the mood that was asked for")),
)
FAR = later("some way off the mood that was asked for")
VARIED_FROM = 0.35


def describe(verdict: Verdict) -> str:
    """ "Close to the mood that was asked for, varied, every limit kept." """
    near = (
        "" if verdict.alignment is None else next((words for least, words in NEAR if verdict.alignment >= least), FAR)
    )
    varied = _("varied") if verdict.diversity >= VARIED_FROM else pgettext("tracks", "much alike")
    kept = _("every limit kept") if verdict.kept else _("one limit is not kept")
    text = headed(", ".join(words for words in (near and _(near), varied, kept) if words))
    if not verdict.again:
        return text
    why = verdict.suggestions[0].text.rstrip(".")
    return ". ".join([text, _("Sent back once: {why}").format(why=why)])
