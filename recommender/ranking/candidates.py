"""Which tracks are worth scoring: nearest by mood point, by asked style, by sound, by words,
by the learned bridge, by name and by likeness to given tracks, after the limits."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence

import numpy as np
from pgvector.django import CosineDistance

from accounts.models import User
from core.schemas import MusicBrief, Take
from recommender.library.audio_profiles import PROFILE_FEATURES, PROFILE_SPACE, profile_vectors
from recommender.library.matching.name_search import found_by_name
from recommender.library.vectors.store import nearest, nearest_on_plane
from recommender.models import Track, TrackVector, VectorSpace
from recommender.music import styles
from recommender.perception.weights.loaders import TEXT_SPACE
from recommender.ranking import features
from recommender.ranking.features import Pool
from recommender.ranking.filters import broken, narrowed
from recommender.ranking.scoring import ASKED_FROM
from recommender.ranking.similarity import alike

NEAR_IN_MOOD = 300
NEAR_IN_SOUND = 120
NEAR_IN_WORDS = 120
NEAR_IN_STYLE = 120
NEAR_ACROSS = 120
NAMED = 120
IN_TAKE = 420
ALIKE = 60
"""How many each route brings for a list of up to ``USUAL_LENGTH`` tracks; a longer list gets more in proportion."""
WEIGHED_WHOLE = 3000
"""A scope up to this size is scored track by track."""
USUAL_LENGTH = 25


def gather(
    brief: MusicBrief,
    person: User | None,
    *,
    scope: Track.TrackQueries | None = None,
    exclude: Collection[int] = (),
    include: Sequence[int] = (),
) -> Pool:
    """Every candidate that keeps the brief's limits, best routes first, without ``exclude``.

    ``scope``: choose only among these; ``include``: tracks to consider whatever the routes find (they must keep the
    limits too). What ``person`` may not see is never among them.
    """
    seen = (Track.objects.all() if scope is None else scope).visible_to(person).filter(missing_since__isnull=True)
    allowed = narrowed(seen, brief.limits)
    if exclude:
        allowed = allowed.exclude(pk__in=exclude)
    text = text_space(brief)
    times = max(1.0, brief.count / USUAL_LENGTH)
    found = list(include)
    if scope is not None:  # a playlist is weighed whole: a track that no route would bring is in it all the same
        found += allowed.order_by("pk").values_list("pk", flat=True)[:WEIGHED_WHOLE]
    named = name_match(allowed, brief)
    if named:
        found += sorted(named, key=lambda one: -named[one])[: round(NAMED * times)]
    if brief.like:
        found += alike(brief.like, allowed, person, round(ALIKE * times))
    if take := brief.direction:
        found += in_take(take, allowed, round(IN_TAKE * times))
    if asked := [label.name for label in brief.genres if label.score >= ASKED_FROM]:
        styled = allowed.filter(profile__genres__has_any_keys=asked)
        near = nearest_on_plane(
            brief.valence, brief.arousal, person=person, tracks=styled, k=round(NEAR_IN_STYLE * times)
        )
        found += [one for one, _ in near]
    found += [
        one
        for one, _ in nearest_on_plane(
            brief.valence, brief.arousal, person=person, tracks=allowed, k=round(NEAR_IN_MOOD * times)
        )
    ]
    if space := VectorSpace.objects.filter(name=PROFILE_SPACE, active=True).first():
        found += [
            one
            for one, _ in nearest(
                space, sound_vector(brief), person=person, tracks=allowed, k=round(NEAR_IN_SOUND * times)
            )
        ]
    if text:
        found += [
            one for one, _ in nearest(text, brief.vector, person=person, tracks=allowed, k=round(NEAR_IN_WORDS * times))
        ]
    if bridge := crossing_space(brief):
        found += [
            one
            for one, _ in nearest(bridge, brief.crossing, person=person, tracks=allowed, k=round(NEAR_ACROSS * times))
        ]
    candidates = features.load(allowed, found, text_similarity_to(brief, text, found), named)
    kept = [row for row, facts in enumerate(candidates.facts) if not broken(brief.limits, facts)]
    return candidates if len(kept) == len(candidates) else candidates.take(kept)


PLAYED_FROM = 0.55
"""How well a style must stand beside a take's for its songs to be looked at."""
MOST_READ = 6000


def in_take(take: Take, tracks: Track.TrackQueries, most: int) -> list[int]:
    """The tracks whose styles and themes serve the take best, judged by those alone."""
    wanted = styles.affinity(take.styles)
    names = [name for name, place in styles.places().items() if wanted[place] >= PLAYED_FROM]
    matching = tracks.filter(annotation__styles__overlap=names).order_by("-annotation__confidence", "pk")
    columns = ("pk", "annotation__styles", "annotation__themes", "annotation__confidence")
    place = styles.places()
    told = []
    for pk, has, about, confidence in matching.values_list(*columns)[:MOST_READ]:
        style = max((wanted[place[name]] for name in has if name in place), default=0.0)
        theme = max((take.themes.get(name, 0.0) for name in about), default=0.0)
        told.append((confidence * (style + 0.7 * theme), pk))
    return [pk for _, pk in heapq.nlargest(most, told)]


def name_match(tracks: Track.TrackQueries, brief: MusicBrief) -> dict[int, float] | None:
    """How surely each track was named; None where nobody was, or where words that might have been a name are none."""
    found = found_by_name(tracks, brief.names)
    return found if found or any(name.kind != "word" for name in brief.names) else None


def text_space(brief: MusicBrief) -> VectorSpace | None:
    """The space of the brief's vector, when it has one and tracks have vectors in it."""
    return VectorSpace.objects.filter(name=TEXT_SPACE, active=True).first() if brief.vector else None


def crossing_space(brief: MusicBrief) -> VectorSpace | None:
    """The learned bridge's space, when the brief has a place in it, goes by it, and tracks have vectors in it."""
    if brief.reasoning != "neural" or not brief.crossing:
        return None
    return VectorSpace.objects.filter(name=brief.crossing_space, active=True).first()


def sound_vector(brief: MusicBrief) -> Sequence[float]:
    """The brief as a vector of the sound profile space: what it does not say counts as average."""
    wanted = {name: np.array([np.nan]) for name in PROFILE_FEATURES}
    wanted |= {"valence": np.array([brief.valence]), "arousal": np.array([brief.arousal])}
    wanted |= {name: np.array([value]) for name, (value, _) in brief.features.items() if name in wanted}
    styles = {
        label.name: label.score
        for label in brief.genres
        if label.score > 0 and f"genre:{label.name}" not in brief.switched_off
    }
    return list(map(float, profile_vectors(wanted, [styles])[0]))


def text_similarity_to(brief: MusicBrief, space: VectorSpace | None, ids: Sequence[int]) -> dict[int, float]:
    """Cosine similarity of each track's text vector with the brief's."""
    if space is None:
        return {}
    distance = CosineDistance("vector", list(brief.vector))
    rows = TrackVector.objects.filter(space=space, track_id__in=set(ids)).annotate(distance=distance)
    return {track: 1.0 - float(far) for track, far in rows.values_list("track_id", "distance")}
