"""What becomes of the shown list: changes of certain tracks, lists that may take its place, and lists that may not.

Shared by the page's turns and the command line. Nothing is stored here: whoever calls has the rows, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from accounts.models import User
from agents import answers, seeking
from agents.board import Board, Order
from agents.editing import Slot
from agents.planner import Decision, Situation
from agents.seeking import Seek
from core.errors import DylumoError
from core.schemas import Limits, MusicBrief, RankedList, ScoredTrack, Unmet, WordsReading
from feedback.taste import group, profile
from feedback.taste.profile import Taste
from recommender import mapping
from recommender.models import Track
from recommender.ranking import features, filters
from recommender.ranking.unmet import fields_of

MOST_WAYS = 4
Choose = Callable[[MusicBrief, frozenset[int]], RankedList]
"""The best list for a brief without these tracks."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What to say, and the next list with its brief; None where the list stays as it is. ``seek``: what services may be
    asked for, as it is missing here."""

    answer: str
    brief: MusicBrief | None = None
    ranked: RankedList | None = None
    unmet: tuple[Unmet, ...] = ()
    seek: Seek | None = None

    @property
    def chips(self) -> tuple[str, ...]:
        """The nearest ways on where something was not met."""
        return tuple(dict.fromkeys(way for one in self.unmet for way in one.ways))[:MOST_WAYS]


def chooser(
    person: User | None,
    *,
    scope: Track.TrackQueries | None = None,
    without: Collection[int] = (),
    liking: Taste | None = None,
    weights: Mapping[str, float] | None = None,
) -> Choose:
    """The ranking, as this person's lists are made."""
    refused = {*without, *profile.blocked(liking)}

    def choose(brief: MusicBrief, avoid: frozenset[int]) -> RankedList:
        return group.recommend(
            brief, person, exclude={*avoid, *refused}, scope=scope, taste=liking, weights=weights, explore=0.0
        )

    return choose


def change(decision: Decision, situation: Situation, choose: Choose) -> Outcome:
    """A change of certain tracks: every other one stays in its place, with its score and its reason."""
    brief, shown = situation.brief, situation.shown
    if brief is None:
        raise ValueError("a change needs a list")
    wanted = sum(slot.fresh for slot in decision.slots)
    found, seek = RankedList(tracks=()), None
    fresh: tuple[ScoredTrack, ...] = ()
    if wanted:
        avoid = frozenset({*(track.track_id for track in shown), *decision.drop})
        coming = _brief_of_what_comes(decision, brief, shown, wanted)
        found = choose(coming, avoid)
        fresh = found.tracks[:wanted]
        left = replace(decision, slots=_left_open(decision, fresh))
        seek = seeking.for_change(left, coming, wanted - len(fresh), found.unmet)
    tracks = _filled(decision, shown, fresh)
    same = [track.track_id for track in tracks] == [track.track_id for track in shown]
    if same:
        told = _told(found, wanted)
        return Outcome(answer=answers.stays(told) if wanted else _(answers.AS_IT_WAS), unmet=told, seek=seek)
    missing = wanted - len(fresh)
    unmet = _told(found, missing) if missing else tuple(one for one in found.unmet if one.limit != "count")
    ranked = RankedList(tracks=tracks, unmet=unmet, timings=found.timings, policy=found.policy)
    told_too = [one.message for one in unmet]
    return Outcome(
        answer=" ".join([answers.changed(shown, tracks, decision.words), *dict.fromkeys(told_too)]),
        brief=_resettled(brief, len(tracks), len(shown)),
        ranked=ranked,
        unmet=unmet,
        seek=seek,
    )


def _brief_of_what_comes(
    decision: Decision, brief: MusicBrief, shown: Sequence[ScoredTrack], wanted: int
) -> MusicBrief:
    words = decision.words
    wished = mapping.move(brief, words, shown) if words and (words.wants or words.limits.asked()) else brief
    limits = brief.limits.merged(words.limits) if words else brief.limits
    if words and words.limits.include_artists:  # who is asked for by name comes, whatever was asked for before
        limits = replace(words.limits, explicit=limits.explicit)
    return replace(wished, count=wanted, limits=replace(limits, count=None, minutes=None))


def _filled(decision: Decision, shown: Sequence[ScoredTrack], fresh: Sequence[ScoredTrack]) -> tuple[ScoredTrack, ...]:
    """The slots with their tracks; where nothing new was found, who stood there stays."""
    held = {track.track_id: track for track in shown}
    coming = iter(fresh)
    tracks = []
    for slot in decision.slots:
        new = next(coming, None) if slot.fresh else None
        if track := new or (held.get(slot.track) if slot.track is not None else None):
            tracks.append(track)
    return tuple(replace(track, rank=rank) for rank, track in enumerate(tracks, 1))


def _left_open(decision: Decision, fresh: Sequence[ScoredTrack]) -> tuple[Slot, ...]:
    """The slots of the next list, which has what was found: those for which nothing was stay open."""
    coming = iter(fresh)
    slots = []
    for slot in decision.slots:
        new = next(coming, None) if slot.fresh else None
        slots.append(Slot(track=new.track_id) if new else slot)
    return tuple(slots)


def _told(found: RankedList, missing: int) -> tuple[Unmet, ...]:
    real = tuple(one for one in found.unmet if one.limit != "count")
    return real or (Unmet(limit="count", message=answers.nothing_else(missing)),)


def _resettled(brief: MusicBrief, count: int, before: int) -> MusicBrief:
    """The brief as it was, for a list that is now so long: an edit of tracks is no wish for other music."""
    if count == before:
        return brief
    return replace(brief, count=count, limits=replace(brief.limits, count=None, minutes=None))


ONE_TRACK = frozenset(vars(Limits())) - {"count", "minutes"}


def kept_already(decision: Decision, situation: Situation) -> Outcome | None:
    """Where a sentence only limits, and every track of the list keeps that already: the same list, from now on held to
    it; else None."""
    words, brief, shown = decision.words, situation.brief, situation.shown
    if words is None or brief is None or not shown or not decision.refining:
        return None
    asked = words.limits.asked()
    if words.wants or words.edits or words.released or words.valence is not None or not set(asked) & ONE_TRACK:
        return None
    if set(asked) - ONE_TRACK or decision.keep or decision.drop or len(shown) < min(brief.count, 3):
        return None
    known = features.load(Track.objects.all(), [track.track_id for track in shown])
    if len(known) < len(shown) or any(filters.broken(words.limits, facts) for facts in known.facts):
        return None
    if filters.unverified(words.limits, known.facts):
        return None
    limited = replace(brief, limits=mapping.limited(brief.limits, words))
    return Outcome(
        answer=answers.already(words.limits, len(shown)),
        brief=limited,
        ranked=RankedList(tracks=tuple(shown), policy="kept"),
    )


def first_sounding(situation: Situation, about: Sequence[int]) -> tuple[ScoredTrack | None, list[ScoredTrack]]:
    """The first of the named tracks (of all, when none is named) that has a sound here, and the named ones."""
    chosen = [track for track in situation.shown if not about or track.track_id in about]
    sounding = set(Track.objects.playable().filter(pk__in=[t.track_id for t in chosen]).values_list("pk", flat=True))
    return next((track for track in chosen if track.track_id in sounding), None), chosen


def recommended(
    decision: Decision, situation: Situation, order: Order, work: Callable[[Order, bool], Board]
) -> tuple[Board, Outcome]:
    """What the agents' work on an order comes to. ``work``: carries it out; told True when it is done once more. Raises
    a DylumoError when there is no list at all."""
    board = work(order, False)
    if board.ranked is None or board.brief is None:
        raise DylumoError(code="no_list")
    unmet = board.ranked.unmet
    seek = seeking.for_list(decision, board.brief, board.ranked, situation.knows)
    answer = answers.for_list(board, decision, situation)
    limited = any(set(said.limits.asked()) & ONE_TRACK for said in order.words)
    if not board.ranked.tracks and not situation.shown and limited:
        board = work(replace(order, words=loosened(order.words, unmet)), True)
        answer = f"{answers.left_out(unmet)} {answers.for_list(board, decision, situation)}"
    board = steady(board, situation, decision)
    if board.ranked is None or board.brief is None:
        raise DylumoError(code="no_list")
    if not takes_its_place(board, situation):
        return board, Outcome(answer=answer, unmet=unmet, seek=seek)
    told = tuple(dict.fromkeys((*unmet, *board.ranked.unmet)))
    return board, Outcome(answer=answer, brief=board.brief, ranked=board.ranked, unmet=told, seek=seek)


def takes_its_place(board: Board, situation: Situation) -> bool:
    """Whether what the agents found may be shown: an empty list never takes the place of one with music in it."""
    return board.ranked is not None and bool(board.ranked.tracks or not situation.shown)


def steady(board: Board, situation: Situation, decision: Decision) -> Board:
    """The board with its list in the order that was shown, where it holds the same tracks: nothing moves unasked."""
    if board.ranked is None or not decision.refining:
        return board
    places = {track.track_id: place for place, track in enumerate(situation.shown)}
    if places.keys() != {track.track_id for track in board.ranked.tracks}:
        return board
    ordered = sorted(board.ranked.tracks, key=lambda track: places[track.track_id])
    tracks = tuple(replace(track, rank=rank) for rank, track in enumerate(ordered, 1))
    return replace(board, ranked=replace(board.ranked, tracks=tracks))


def loosened(words: Sequence[WordsReading], unmet: Sequence[Unmet]) -> tuple[WordsReading, ...]:
    """The words without the limits that left nothing, for a first list: a list that says so is better than none."""
    fields = fields_of(unmet)
    some = any(set(said.limits.asked()) & fields for said in words)
    return tuple(
        replace(said, limits=said.limits.without(fields if some else [n for n in said.limits.asked() if n != "count"]))
        for said in words
    )
