"""Choices are hidden honestly, the hybrid is weighted by the validation part alone, and taps tell who somebody is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.datasets import choices
from lab.datasets.choices import Choices
from lab.studies import hidden_choices, taste_first_taps
from lab.study import Lab
from recommender.ranking.collaborative import ItemNeighbours, Popularity, Random

pytestmark = pytest.mark.django_db


def circles() -> Choices:
    """60 people in two circles, each choosing 10 of the 15 items of their own circle."""
    generator = np.random.default_rng(2)
    pairs = [
        (f"{person:02}", f"{15 * (person % 2) + item:02}")
        for person in range(60)
        for item in generator.choice(15, 10, replace=False)
    ]
    choices.LEAST["circles"] = 2
    split = choices.Split("circles", pairs, generator, None)
    return split.choices({"circle": split.labels([(item, str(int(item) // 15)) for item in split.items])})


def test_the_parts_share_nothing_and_leave_nothing_out() -> None:
    fit, validation, test = circles().parts
    assert [part.nnz for part in (fit, validation, test)] == [360, 120, 120]
    assert not any(one.multiply(other).nnz for one, other in ((fit, validation), (fit, test), (validation, test)))


def test_the_hybrid_is_at_least_as_good_as_each_member_where_it_was_weighted() -> None:
    known = circles()
    fit, *_ = known.parts
    learners = [one.fit(fit) for one in (Random(), Popularity(), ItemNeighbours())]
    scores = [one.score(fit) for one in learners]
    hybrid = hidden_choices.blended(known, learners, scores)
    assert "random" not in {member.name for member, _ in hybrid.members}
    assert hidden_choices.gain(hybrid.score(fit), known) >= max(hidden_choices.gain(one, known) for one in scores)


@pytest.mark.slow
def test_the_study_runs_on_a_few_conversations(shared_data: Path) -> None:
    found = hidden_choices.PARTS["hybrid_likes"](Lab(data=shared_data, quick=True))
    table = {row[0]: row for row in found.tables[0].rows}
    assert {"random", "popularity", "EASE", "iALS", "RP3beta", "hybrid"} <= set(table)


def test_taps_are_artists_of_ones_own_and_each_screen_asks_about_others() -> None:
    circles = np.clip(np.repeat(np.eye(4), 100, axis=1), 0.05, 0.95)
    times = np.zeros(400)
    times[100:200] = np.arange(1.0, 101.0)
    taps = taste_first_taps.tapped(circles, taste_first_taps.entropy(circles), times)
    assert len(taps) >= 2
    assert set(taps) <= set(range(100, 200))
    assert len(set(taps)) == len(taps)


def test_who_plays_nothing_that_is_shown_taps_nothing() -> None:
    circles = np.clip(np.repeat(np.eye(4), 100, axis=1), 0.05, 0.95)
    assert not len(taste_first_taps.tapped(circles, taste_first_taps.entropy(circles), np.zeros(400)))
