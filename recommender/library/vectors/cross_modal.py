"""Track vectors of the learned bridge: a space for each tier and training, rebuilt beside the old one.

While the new space fills, lists go on being made with the old one; when it is whole and indexed, one transaction swaps
which of the two is in use, and the old one is dropped. A job that was broken off begins its space anew: COPY over a
track's own vector is harmless.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from recommender.library.audio_profiles import PROFILE_SPACE
from recommender.library.vectors import store
from recommender.models import TrackVector, VectorSpace
from recommender.perception.cross_modal.model import INPUTS, Bridge, bridge_of

BATCH = 5_000
"""Tracks embedded and written at once: about 2 MB of vectors."""

OnWritten = Callable[[int, int], None]
"""``on_written(done, total)``, after every batch."""


def without_vector(bridge: Bridge) -> QuerySet[TrackVector]:
    """Profile vectors of the tracks that have none of the bridge yet."""
    has_one = TrackVector.objects.filter(track=OuterRef("track"), space__name=bridge.space)
    return TrackVector.objects.filter(~Exists(has_one), space__name=PROFILE_SPACE)


def wanting() -> list[str]:
    """Tiers whose bridge was trained anew, or which miss vectors of tracks."""
    bridges = filter(None, map(bridge_of, INPUTS))
    return [bridge.tier for bridge in bridges if not _in_use(bridge) or without_vector(bridge).exists()]


def _in_use(bridge: Bridge) -> bool:
    return VectorSpace.objects.filter(name=bridge.space, active=True).exists()


def build(bridge: Bridge, on_written: OnWritten) -> int:
    """Write what is missing of the bridge's space, take it into use and drop the tier's older ones; how many vectors
    were written. Must be called outside a transaction (``vectors.ensure_index``)."""
    space, _ = VectorSpace.objects.get_or_create(
        name=bridge.space, defaults={"dimensions": bridge.dimensions, "active": False}
    )
    missing = without_vector(bridge)
    total, done, last = missing.count(), 0, 0
    store.ensure_index(space, expected=total)
    while batch := list(missing.filter(pk__gt=last).order_by("pk").values_list("pk", "track", "vector")[:BATCH]):
        keys, tracks, profiles = zip(*batch, strict=True)
        store.write_vectors(space, tracks, bridge.track_vectors(np.stack(profiles).astype(np.float32)))
        last, done = keys[-1], done + len(batch)
        on_written(done, max(total, done))
    _take_up(space, bridge.tier)
    return done


def _take_up(space: VectorSpace, tier: str) -> None:
    older = VectorSpace.objects.filter(name__startswith=f"bridge-{tier}-").exclude(pk=space.pk)
    with transaction.atomic():
        older.update(active=False)
        VectorSpace.objects.filter(pk=space.pk).update(active=True)
    for one in older:
        store.drop(one)
