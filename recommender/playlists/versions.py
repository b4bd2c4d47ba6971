"""Versions of a list: publish, swap, arrange; what changed between two; titles.

A version is never edited: a change publishes a new one whose ``parent`` is the version before, so that undo and redo
walk that chain. (Only a turn that was interrupted fills its own unfinished version anew.)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from accounts.models import User
from core.errors import NotFound
from core.schemas import MusicBrief, Part, RankedList, ScoredTrack, dump, load
from core.wording import Wording
from recommender.mapping.multi_photo import brief_of_stage
from recommender.models import Picture, Playlist, PlaylistItem, Track
from recommender.playlists.titles import title_for, wording_for
from recommender.ranking import features, filters
from recommender.ranking.pipeline import recommend
from recommender.ranking.scoring import Taste

LONGEST_REASON = 400
LATELY = 10
"""How many of a person's last lists a new one tries not to repeat."""
SIDES = {
    "valence": (later("Too dark now."), later("Too bright now.")),
    "arousal": (later("Too calm now."), later("Too lively now.")),
}
TOO_FAR = 0.08
"""Distance on one axis of the affect plane from which it is named as the reason why a track left."""


@transaction.atomic
def publish(
    owner: User,
    brief: MusicBrief,
    ranked: RankedList,
    *,
    row: Playlist | None = None,
    picture: Picture | None = None,
    parent: Playlist | None = None,
    before: Sequence[ScoredTrack] = (),
    kept: Collection[int] = (),
    title: str | None = None,
    named_as: Playlist | None = None,
) -> Playlist:
    """Write a version of a list. ``row``: fill this unfinished version anew instead of making another (what makes a
    repeated turn harmless); ``before``: the tracks it is compared with in ``change``; ``kept``: pinned track ids;
    ``title``, or ``named_as``, the version that has it already: instead of one made from the brief."""
    playlist = row or Playlist(owner=owner, parent=parent, number=_next_number(parent))
    playlist.picture = picture
    if named_as:
        playlist.title, playlist.wording = named_as.title, named_as.wording
    else:
        wording = None if title else wording_for(brief)
        playlist.title, playlist.wording = (title or title_for(brief))[:200], dump(wording) if wording else None
    playlist.music_brief = brief
    playlist.change = difference(before, ranked.tracks, brief) if before else {}
    playlist.unmet = [dump(unmet) for unmet in ranked.unmet]
    playlist.policy = ranked.policy[:60]
    playlist.save()
    if row:
        row.items.all().delete()
    PlaylistItem.objects.bulk_create(_item(playlist, place, track, kept) for place, track in enumerate(ranked.tracks))
    return playlist


def lately_listed(owner: User) -> frozenset[int]:
    """The tracks of the person's last lists, each as it was first shown."""
    lists = Playlist.objects.filter(owner=owner, parent=None).order_by("-created").values("pk")[:LATELY]
    return frozenset(PlaylistItem.objects.filter(playlist__in=lists).values_list("track_id", flat=True))


def _next_number(parent: Playlist | None) -> int:
    """One more than the highest number of the whole family of versions."""
    if parent is None:
        return 1
    return max(parent.number, parent.children.aggregate(last=Max("number"))["last"] or 0) + 1


def _item(playlist: Playlist, place: int, track: ScoredTrack, kept: Collection[int]) -> PlaylistItem:
    return PlaylistItem(
        playlist=playlist,
        track_id=track.track_id,
        position=place,
        score=min(max(track.score, 0.0), 100.0),
        parts=[dump(part) for part in track.parts],
        reason=track.reason[:LONGEST_REASON],
        wording=dump(track.wording) if track.wording else None,
        propensity=track.propensity,
        rivals=[dump(rival) for rival in track.rivals],
        kept=track.track_id in kept,
        weak=track.weak,
        team=track.team,
        chapter=track.chapter,
    )


def scored_tracks(playlist: Playlist) -> tuple[ScoredTrack, ...]:
    """A version's tracks as values, in order. How they were once drawn is left out: what a next version takes over is
    in it for certain."""
    items = (
        playlist.items.select_related("track", "track__profile").prefetch_related("track__links").order_by("position")
    )
    return tuple(_scored(item, rank) for rank, item in enumerate(items, 1))


def _scored(item: PlaylistItem, rank: int) -> ScoredTrack:
    profile = getattr(item.track, "profile", None)
    return ScoredTrack(
        track_id=item.track_id,
        title=item.track.title,
        artist=item.track.artist,
        score=item.score,
        parts=tuple(load(Part, part) for part in item.parts),
        reason=item.reason,
        wording=load(Wording, item.wording) if item.wording else None,
        rank=rank,
        links={link.service: link.url or link.external_id for link in item.track.links.all()},
        valence=profile.valence if profile else None,
        arousal=profile.arousal if profile else None,
        duration=item.track.duration,
        weak=item.weak,
        team=item.team,
        chapter=item.chapter,
    )


def swapped(
    playlist: Playlist,
    brief: MusicBrief,
    person: User,
    track_id: int,
    *,
    avoid: Collection[int] = (),
    scope: Track.TrackQueries | None = None,
    taste: Taste | None = None,
    weights: Mapping[str, float] | None = None,
) -> RankedList:
    """The list with one track replaced in its place by the next best (of ``scope``) that is neither in the list nor in
    ``avoid``; all others stay. Unchanged when there is no other. Raises NotFound when the track is not in the list."""
    current = scored_tracks(playlist)
    place = next((n for n, track in enumerate(current) if track.track_id == track_id), None)
    if place is None:
        raise NotFound("That track is not in this list.")
    others = [track.track_id for track in current if track.track_id != track_id]
    chapter = current[place].chapter
    if 0 < chapter <= len(brief.stages):
        brief = replace(brief_of_stage(brief, brief.stages[chapter - 1]), count=brief.count)
    fresh = recommend(
        brief,
        person,
        keep=others,
        stay=[track.track_id for track in current],
        exclude={track_id, *avoid} - set(others),
        scope=scope,
        taste=taste,
        weights=weights,
    )
    came = [track for track in fresh.tracks if track.track_id not in others]
    if not came:
        return RankedList(tracks=current, unmet=fresh.unmet, policy=playlist.policy)
    best = replace(max(came, key=lambda track: track.score), chapter=chapter)
    tracks = _ranked([*current[:place], best, *current[place + 1 :]])
    return replace(fresh, tracks=tracks)


def arranged(playlist: Playlist, track_ids: Sequence[int]) -> RankedList:
    """The list's tracks in this order; those left out are removed. Raises NotFound for a track that is not in it."""
    current = {track.track_id: track for track in scored_tracks(playlist)}
    if unknown := set(track_ids) - set(current):
        raise NotFound("{count} of these tracks are not in this list.", told={"count": len(unknown)})
    return RankedList(tracks=_ranked([current[one] for one in dict.fromkeys(track_ids)]), policy=playlist.policy)


def _ranked(tracks: Sequence[ScoredTrack]) -> tuple[ScoredTrack, ...]:
    return tuple(replace(track, rank=rank) for rank, track in enumerate(tracks, 1))


def difference(before: Sequence[ScoredTrack], after: Sequence[ScoredTrack], brief: MusicBrief) -> dict[str, Any]:
    """What left, what came, and why: ``{left: [{track_id, title, artist, why}], came: [...], stayed, why}``."""
    old, new = {track.track_id: track for track in before}, {track.track_id: track for track in after}
    gone = features.load(Track.objects.all(), [one for one in old if one not in new])
    facts = dict(zip(gone.ids.tolist(), gone.facts, strict=True))
    return {
        "left": [_named(t, _why_left(t, brief, facts.get(t.track_id))) for t in before if t.track_id not in new],
        "came": [_named(t, t.reason) for t in after if t.track_id not in old],
        "stayed": len(old.keys() & new.keys()),
        "why": brief.sources.get("affect", ""),
    }


def _named(track: ScoredTrack, why: str) -> dict[str, Any]:
    return {"track_id": track.track_id, "title": track.title, "artist": track.artist, "why": why}


def _why_left(track: ScoredTrack, brief: MusicBrief, known: filters.Facts | None) -> str:
    """A broken limit, else the side on which the track lies too far from the target, else that others fit better."""
    if known and (broken := filters.broken(brief.limits, known)):
        return _("It breaks “{limit}”.").format(limit=filters.said(brief.limits, broken[0]))
    apart = {"valence": (track.valence or 0.0) - brief.valence, "arousal": (track.arousal or 0.0) - brief.arousal}
    axis = max(apart, key=lambda name: abs(apart[name]))
    if track.valence is None or track.arousal is None or abs(apart[axis]) <= TOO_FAR:
        return _("Others fit better now.")
    return _(SIDES[axis][apart[axis] > 0])
