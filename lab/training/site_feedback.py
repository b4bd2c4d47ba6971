"""Pairs of a photo and a track that people judged: ``--data feedback`` of ``train bridge`` and ``train fusion``.

From people: what they liked or refused in a list made for a photo of their own, if they consented to research and have
not paused learning, and only what they said since they consented. From reviewers: curated pairs that are settled, whose
photos their owners gave for that. Only tracks of the shared catalogue, whose features came from their sound or a table.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from django.core.files.storage import default_storage
from django.db.models import F

from accounts.staff_access import consenting
from core.storage import KeptFile
from feedback.models import LearningPause, Reaction
from feedback.pairs.labelling import settled
from lab.training.pairs import HALF, MOST, Pairs, fields_of, paired
from lab.training.score_weights import PARTS, JudgedParts
from recommender.models import AudioProfile, Picture, PlaylistItem, Track

Kind = Reaction.Kind
SAYS = {Kind.LIKE: 1.0, Kind.NOT_NOW: 0.0, Kind.NEVER_TRACK: 0.0, Kind.REMOVED: 0.0, Kind.SWAPPED: 0.0}
"""What a reaction says of the pair. Listening and moving say too little of the photo."""
PROVENANCES = (AudioProfile.Provenance.MEASURED, AudioProfile.Provenance.TABLE)
"""Not what music services told: their terms do not allow to learn from it."""

Judged = tuple[Picture, Track, float]


def gathered() -> Pairs:
    """All pairs whose photo is still there."""
    judged = [
        (KeptFile(str(picture.file.name)), track, grade) for picture, track, grade in (*_of_people(), *_of_reviewers())
    ]
    photos = {photo for photo, _, _ in judged}
    there = {photo for photo in photos if default_storage.exists(photo.key)}
    kept = [one for one in judged if one[0] in there]
    return paired(
        [photo for photo, _, _ in kept],
        [fields_of(track.profile) for _, track, _ in kept],
        [grade for _, _, grade in kept],
    )


def parts() -> JudgedParts:
    """What people said of tracks beside the parts of their matches, for ``train fusion --data feedback``. A track of
    which somebody said more than one thing in a list counts by the last."""
    told = {(one.playlist_id, one.track_id): one for one in _told()}
    items = PlaylistItem.objects.filter(playlist__in={playlist for playlist, _ in told}).order_by("pk")
    rows = [(one, item) for item in items if (one := told.get((item.playlist_id, item.track_id)))]
    lists = {playlist: number for number, playlist in enumerate(dict.fromkeys(item.playlist_id for _, item in rows))}
    table = np.full((len(rows), len(PARTS)), np.nan)
    for row, (_, item) in enumerate(rows):
        known = {part["name"]: part["value"] for part in item.parts}
        table[row] = [known.get(name, np.nan) for name in PARTS]
    return JudgedParts(
        values=table,
        fits=np.array([SAYS[Kind(one.kind)] >= HALF for one, _ in rows], dtype=bool),
        lists=np.array([lists[item.playlist_id] for _, item in rows], dtype=np.int64),
        groups=np.array([one.owner_id for one, _ in rows], dtype=np.int64),
    )


def _told() -> list[Reaction]:
    """What was said beside their own photos, since they agreed, by people who may be learned from; the newest last."""
    told = (
        Reaction.objects.standing()
        .filter(kind__in=SAYS, owner__in=consenting(), created__gte=F("owner__research_consent"))
        .filter(playlist__picture__owner=F("owner"), track__in=_shared())
        .exclude(owner__in=LearningPause.objects.values("owner"))
        .select_related("playlist__picture", "track__profile")
        .order_by("-pk")[:MOST]
    )
    return list(told)[::-1]


def _of_people() -> Iterator[Judged]:
    for one in _told():
        picture = one.playlist.picture if one.playlist else None
        if picture is not None:
            yield picture, one.track, SAYS[Kind(one.kind)]


def _of_reviewers() -> Iterator[Judged]:
    shared = set(_shared().filter(curated_pairs__isnull=False).values_list("pk", flat=True))
    for pair, fits in settled():
        if pair.track_id in shared:
            yield pair.picture, pair.track, float(fits)


def _shared() -> Track.TrackQueries:
    return Track.objects.visible_to(None).filter(profile__provenance__in=PROVENANCES)
