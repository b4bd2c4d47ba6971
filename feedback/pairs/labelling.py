"""Proposing pairs, judging them, and what comes of them: agreement, cases for evaluation, a table to train on."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator

import numpy as np
from django.db import transaction

from accounts.models import User
from core.errors import BadInput, NotFound
from core.schemas import FEATURES, ImageReading, MusicBrief, dump, load
from core.stats.agreement import krippendorff_alpha
from feedback.models.pairs import CuratedPair, PairVerdict
from feedback.models.review import EvaluationCase
from feedback.review.queue import PRIVATE
from recommender import mapping
from recommender.models import Picture, Track
from recommender.ranking.pipeline import recommend

Origin, Says = CuratedPair.Origin, PairVerdict.Says
WORTH = {Says.NOT: 0.0, Says.UNSURE: 0.5, Says.FITS: 1.0}
EACH = 4
"""Ranked pairs a photo, and as many at random among the other tracks."""
NEEDED = 2
"""Reviewers of one mind who settle a pair."""
COLUMNS = (*FEATURES, "time_signature")


@transaction.atomic
def propose(proposer: User, photos: Collection[Picture], seed: int = 0) -> int:
    """Pairs of the proposer's own photos with shared tracks, ranked and random; how many are new. Raises BadInput."""
    read = [photo for photo in photos if photo.owner_id == proposer.pk and photo.reading]
    if not read:
        raise BadInput("Choose photos of your own that have been read.", hint="Make a list from one first.")
    before = CuratedPair.objects.count()
    shared = Track.objects.visible_to(None).filter(profile__isnull=False)
    everything = np.array(shared.order_by("pk").values_list("pk", flat=True))
    for photo in read:
        ranked = [one.track_id for one in recommend(_brief(photo, EACH), None, seed=seed).tracks[:EACH]]
        # seeded by the photo, so that proposing again proposes the same
        generator = np.random.default_rng([seed, *photo.pk.bytes])
        drawn = generator.permutation(np.setdiff1d(everything, ranked))[:EACH].tolist()
        chosen = [(one, Origin.RANKED) for one in ranked] + [(one, Origin.RANDOM) for one in drawn]
        CuratedPair.objects.bulk_create(
            [CuratedPair(picture=photo, track_id=track, origin=origin) for track, origin in chosen],
            ignore_conflicts=True,
        )
    return CuratedPair.objects.count() - before


def _brief(photo: Picture, count: int) -> MusicBrief:
    return mapping.brief_for(load(ImageReading, photo.reading or {}), count=count)


def next_for(reviewer: User) -> CuratedPair | None:
    """A pair this reviewer has not judged, those with fewer verdicts first; which kind it is must not be shown."""
    todo = CuratedPair.objects.exclude(verdicts__reviewer=reviewer).select_related("picture", "track")
    pairs = {pair.pk: pair for pair in todo}
    said = Counter(PairVerdict.objects.filter(pair__in=pairs).values_list("pair_id", flat=True))
    # an order of the reviewer's own: neighbours by number are of one kind
    order = np.random.default_rng(reviewer.pk).permutation(max(pairs, default=0) + 1)
    return min(pairs.values(), key=lambda pair: (-min(said[pair.pk], NEEDED - 1), order[pair.pk]), default=None)


def judge(reviewer: User, pair_id: int, says: str) -> PairVerdict:
    """Raises NotFound, BadInput."""
    if says not in Says.values:
        raise BadInput("Say whether it fits, does not fit, or that you are unsure.")
    pair = CuratedPair.objects.filter(pk=pair_id).first()
    if pair is None:
        raise NotFound
    verdict, _ = PairVerdict.objects.update_or_create(pair=pair, reviewer=reviewer, defaults={"says": says})
    return verdict


def agreement() -> float | None:
    """Krippendorff's alpha over all verdicts; None before two reviewers have judged one pair."""
    said = list(PairVerdict.objects.values_list("reviewer_id", "pair_id", "says"))
    rows = {one: place for place, one in enumerate(sorted({reviewer for reviewer, _, _ in said}))}
    columns = {one: place for place, one in enumerate(sorted({pair for _, pair, _ in said}))}
    table = np.full((len(rows), len(columns)), np.nan)
    for reviewer, pair, says in said:
        table[rows[reviewer], columns[pair]] = WORTH[Says(says)]
    if not said or np.isfinite(table).sum(axis=0).max() < 2:
        return None
    return round(krippendorff_alpha(table), 3)


def settled() -> Iterator[tuple[CuratedPair, bool]]:
    """Pairs that at least ``NEEDED`` reviewers see alike, and more than see otherwise: (pair, fits)."""
    for pair in CuratedPair.objects.select_related("picture", "track__profile").prefetch_related("verdicts"):
        count = Counter(verdict.says for verdict in pair.verdicts.all())
        for says, other in ((Says.FITS, Says.NOT), (Says.NOT, Says.FITS)):
            if count[says] >= NEEDED and count[says] > count[other]:
                yield pair, says == Says.FITS


@transaction.atomic
def make_cases() -> int:
    """A case for every photo with settled pairs, made anew with the verdicts of now; how many there are."""
    by_photo: dict[Picture, dict[bool, list[int]]] = {}
    for pair, fits in settled():
        by_photo.setdefault(pair.picture, {True: [], False: []})[fits].append(pair.track_id)
    for photo, tracks in by_photo.items():
        brief = _brief(photo, 12)
        EvaluationCase.objects.update_or_create(
            name=f"Curated photo {photo.pk}",
            defaults={
                "note": "From pairs that reviewers judged.",
                "brief": {name: value for name, value in dump(brief).items() if name not in PRIVATE},
                "wanted": tracks[True],
                "unwanted": tracks[False],
            },
        )
    return len(by_photo)


def as_training_set() -> bytes:
    """A ZIP of ``pairs.csv`` and its photos, as ``train bridge --data pairs.csv`` takes it: those that are settled."""
    file, table = io.BytesIO(), io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("picture", "fit", *COLUMNS))
    with zipfile.ZipFile(file, "w") as archive:
        stored: set[str] = set()
        for pair, fits in settled():
            profile = getattr(pair.track, "profile", None)
            if profile is None:
                continue
            name = f"{pair.picture_id}.jpg"
            if name not in stored:
                with pair.picture.file.open("rb") as photo:
                    archive.writestr(name, photo.read())
                stored.add(name)
            values = [getattr(profile, column) for column in COLUMNS]
            writer.writerow((name, int(fits), *("" if value is None else value for value in values)))
        archive.writestr("pairs.csv", table.getvalue())
    return file.getvalue()
