"""The review queue: fill it, mark, turn a list into a case for evaluation, take cases along as lines of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, F, Max, Q

from accounts.models import User
from accounts.staff_access import pseudonym
from core.errors import BadInput, Conflict
from core.schemas import ImageReading, MusicBrief, dump, load
from feedback.models import Reaction
from feedback.models.review import EvaluationCase, ReviewCase
from recommender.models import PlaylistItem
from recommender.ranking.pipeline import recommend

Kind, State = Reaction.Kind, ReviewCase.State

DISLIKES = (Kind.NOT_NOW, Kind.NEVER_TRACK, Kind.NEVER_ARTIST)
MOVES = {
    State.NEW: {State.SEEN, State.ANSWERED, State.CLOSED},
    State.SEEN: {State.ANSWERED, State.CLOSED},
    State.ANSWERED: {State.SEEN, State.CLOSED},
    State.CLOSED: {State.SEEN},
}
PRIVATE = ("words", "phrase", "sources", "vector")
"""Fields of a brief that come from a person's own words or photo."""


class NotSoFast(Conflict):
    code = "review_state"
    message = "A review goes from new to being looked at, then to answered or closed."


class NothingToLearn(BadInput):
    code = "nothing_to_learn"
    message = "Nobody liked or refused a track of this list, so there is nothing to hold a list against."


def gather() -> int:
    """A case for every list that people said something about; known ones get the counts of now. How many are new.

    Harmless to repeat. A closed case opens again only by hand.
    """
    said = (
        Reaction.objects.standing()
        .filter(playlist__isnull=False)
        .values("playlist_id")
        .annotate(
            likes=Count("pk", filter=Q(kind=Kind.LIKE)),
            dislikes=Count("pk", filter=Q(kind__in=DISLIKES)),
            skips=Count("pk", filter=Q(kind=Kind.SKIPPED)),
            last_said=Max("created"),
        )
        .filter(Q(likes__gt=0) | Q(dislikes__gt=0) | Q(skips__gt=0))
        .exclude(playlist__review__last_said=F("last_said"))
    )
    before = ReviewCase.objects.count()
    ReviewCase.objects.bulk_create(
        [ReviewCase(**row) for row in said],
        update_conflicts=True,
        unique_fields=["playlist"],
        update_fields=["likes", "dislikes", "skips", "last_said"],
    )
    return ReviewCase.objects.count() - before


def move(case: ReviewCase, state: str, reviewer: User) -> None:
    """Raises NotSoFast for a step that is not in ``MOVES``; the same state again changes nothing."""
    if state == case.state:
        return
    allowed = [one for one, ways in MOVES.items() if state in ways]
    if not ReviewCase.objects.filter(pk=case.pk, state__in=allowed).update(state=state, reviewer=reviewer):
        raise NotSoFast
    case.state, case.reviewer = state, reviewer


class Look:
    """A list as the person saw it: reading, brief, tracks with reasons, and what they said. Nothing that names them."""

    def __init__(self, case: ReviewCase) -> None:
        playlist = case.playlist
        self.person = pseudonym(playlist.owner_id)
        self.playlist = playlist
        self.brief = playlist.music_brief
        stored = playlist.picture.reading if playlist.picture else None
        self.reading = load(ImageReading, stored) if stored else None
        self.items = list(playlist.items.select_related("track").order_by("position"))
        self.said: dict[int, list[Reaction]] = {}
        for one in Reaction.objects.standing().filter(playlist=playlist).order_by("created"):
            self.said.setdefault(one.track_id, []).append(one)

    @property
    def rows(self) -> list[tuple[PlaylistItem, list[Reaction]]]:
        return [(item, self.said.get(item.track_id, [])) for item in self.items]

    def tracks(self, *kinds: str) -> list[int]:
        """The list's tracks that got one of these reactions, in order."""
        said = {track: {one.kind for one in told} for track, told in self.said.items()}
        return [item.track_id for item in self.items if said.get(item.track_id, set()) & set(kinds)]


def make_case(case: ReviewCase, note: str = "") -> EvaluationCase:
    """The list's brief with what was liked and refused; the same case again is the same row. Raises NothingToLearn."""
    look = Look(case)
    wanted, unwanted = look.tracks(Kind.LIKE), look.tracks(*DISLIKES)
    if not wanted and not unwanted:
        raise NothingToLearn
    brief = {name: value for name, value in dump(look.brief).items() if name not in PRIVATE}
    moods = ", ".join(label.name for label in look.brief.moods[:2]) or "no mood named"
    made, _ = EvaluationCase.objects.get_or_create(
        review=case,
        defaults={
            "name": f"{moods} ({look.brief.valence:.2f}, {look.brief.arousal:.2f})",
            "note": note or case.answer,
            "brief": brief,
            "wanted": wanted,
            "unwanted": unwanted,
        },
    )
    return made


def outcome(case: EvaluationCase) -> dict[str, int]:
    """The same brief ranked now, for nobody in particular: how many wanted and unwanted tracks are in the list."""
    ranked = recommend(load(MusicBrief, case.brief), None)
    chosen = {track.track_id for track in ranked.tracks}
    return {
        "listed": len(chosen),
        "wanted": len(chosen & set(case.wanted)),
        "unwanted": len(chosen & set(case.unwanted)),
    }


def exported(cases: Iterable[ReviewCase]) -> Iterator[dict[str, Any]]:
    """One object a case, pseudonymised."""
    for case in cases:
        look = Look(case)
        yield {
            "person": look.person,
            "state": case.state,
            "tags": case.tags,
            "answer": case.answer,
            "brief": {name: value for name, value in dump(look.brief).items() if name not in PRIVATE},
            "reading": dump(look.reading) if look.reading else None,
            "tracks": [
                {
                    "track": item.track_id,
                    "position": item.position,
                    "score": item.score,
                    "reason": item.reason,
                    "said": [one.kind for one in said],
                }
                for item, said in look.rows
            ],
        }
