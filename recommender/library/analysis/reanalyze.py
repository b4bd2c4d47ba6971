"""Music heard in a lower tier than is on disk now, or before form was heard, is heard again, a slice at a time.

So that what was analysed in the first minutes, before the small models had come, or by an older version, does not stay
behind for ever.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from core.errors import DylumoError
from recommender.library.analysis import store
from recommender.library.analysis.analyze_file import hear
from recommender.library.jobs.process_pool import each
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress, save_checkpoint
from recommender.models import AudioProfile, LibraryJob, Track
from recommender.perception.weights.tiers import TIERS, in_use

SLICE = 48
"""Some ten seconds of two cores, so that other jobs have their turn."""


def behind(after: int = 0) -> Track.TrackQueries:
    """Tracks of files here heard in a lower tier or without their form; with a primary key above ``after``."""
    lower = TIERS[: TIERS.index(in_use("sound"))]
    heard = Track.objects.playable().filter(profile__provenance=AudioProfile.Provenance.MEASURED)
    return heard.filter(Q(profile__tier__in=lower) | Q(profile__form__isnull=True), pk__gt=after).order_by("pk")


def analyze_batch(job: LibraryJob, progress: Progress) -> Outcome | None:
    """Hear the next tracks again; None when there may be more. One whose file cannot be read any more keeps what is
    known of it. Raises Cancelled, Lost."""
    done = int(job.checkpoint.get("done", 0))
    waiting = behind(int(job.checkpoint.get("after", 0)))
    total = done + waiting.count()
    tracks = {Path(track.file): track for track in waiting[:SLICE]}
    if not tracks:
        return Outcome(read=done, updated=done)
    with closing(each(hear, list(tracks))) as heard:
        for path, result in heard:
            if not isinstance(result, DylumoError):
                with transaction.atomic():
                    store.describe(tracks[path], result.reading, result.tags.genre)
            done += 1
            progress.step(done, total, tracks[path].title)
    save_checkpoint(job, {"done": done, "after": max(track.pk for track in tracks.values())})
    return None
