"""Several tastes as one: what each method promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from feedback.taste import group, profile
from feedback.taste.group import Blended, in_turns
from tests.factories import ReactionFactory, UserFactory

shapes = st.tuples(st.integers(1, 5), st.integers(1, 12))
utilities = shapes.flatmap(lambda shape: arrays(np.float64, shape, elements=st.floats(0.01, 1)))


@given(utilities, st.integers(0, 15))
def test_turns_choose_each_track_once_and_begin_with_the_first_person(
    utility: np.ndarray[tuple[int, int], np.dtype[np.float64]], count: int
) -> None:
    chosen = in_turns(utility, count)
    assert len(chosen) == len(set(chosen)) == min(count, utility.shape[1])
    if chosen:
        wish = utility[0] + utility.mean(axis=0)
        assert wish[chosen[0]] == wish.max()


@given(st.integers(2, 6), st.integers(1, 4))
def test_people_who_like_different_tracks_get_as_many_each(people: int, rounds: int) -> None:
    """Person p likes only the tracks p, p + people, ...: a list in turns serves all alike."""
    utility = np.full((people, people * 6), 0.001)
    for person in range(people):
        utility[person, person::people] = 1.0
    chosen = in_turns(utility, people * rounds)
    counts = [sum(track % people == person for track in chosen) for person in range(people)]
    assert set(counts) == {rounds}


class Fixed:
    sureness = 0.5

    def __init__(self, *values: float) -> None:
        self.told = np.array(values)

    def values(self, _pool: object) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        return self.told

    uncertainty = values

    def because(self, _pool: object, _row: int) -> str:
        return "More jazz, since you liked “Private”"


def test_the_average_and_the_least_pleased() -> None:
    likings = [Fixed(0.9, 0.4), Fixed(0.1, 0.6)]
    average, least = (Blended(likings=likings, method=method) for method in ("average", "least_misery"))
    assert average.values([1, 2]) == pytest.approx([0.5, 0.5])
    assert least.values([1, 2]) == pytest.approx([0.1, 0.4])
    assert "Private" not in Blended(likings=[Fixed(0.9)], method="fair").because([1], 0)
    unknown = Blended(likings=[Fixed(0.9, 0.4), None], method="least_misery")
    assert unknown.values([1, 2]) == pytest.approx([0.5, 0.4])


@pytest.mark.django_db
@pytest.mark.parametrize("method", group.METHODS)
def test_what_one_refuses_nobody_hears_and_alone_all_is_as_before(method: str) -> None:
    one, other, quiet = UserFactory(), UserFactory(), UserFactory()
    refused = ReactionFactory(owner=other, kind="never_track")
    ReactionFactory(owner=one, kind="like")
    blended = group.taste_of(one, "", [other, quiet], method)
    assert refused.track_id in profile.blocked(blended)
    assert refused.track_id not in profile.blocked(group.taste_of(one))
    assert group.taste_of(quiet) is None and group.taste_of(quiet, "", [UserFactory()], method) is None
