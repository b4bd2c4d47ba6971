"""The measurement of feedback's speed measures what it says; the milliseconds themselves depend on the machine."""

from __future__ import annotations

import numpy as np
import pytest

from feedback.models import Reaction
from lab.benchmarks import feedback as bench
from tests.factories import TrackFactory


@pytest.mark.django_db
def test_recording_learning_and_ranking_are_each_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"REACTIONS": 4, "PEOPLE": 2, "LIKES": 2, "ROUNDS": 3, "CANDIDATES": 5}.items():
        monkeypatch.setattr(bench, name, value)
    TrackFactory.create_batch(12)
    told = bench._measured(np.random.default_rng(0))
    assert set(told) == {"record", "profile", "profile_page", "rerank"}
    assert all(times["clock_ms"]["p95"] > 0 for times in told.values())
    assert Reaction.objects.count() == 2 * 2 + 4 + 4  # the others', the person's, and those that were timed
