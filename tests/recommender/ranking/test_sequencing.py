"""The order of a list: a permutation that keeps pinned places, follows the arc and joins neighbours well."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ranking import sequencing

ARCS = ("steady", "rise", "fall", "arch")


def columns(count: int, seed: int = 0, unknown: float = 0.0) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    made = {
        "energy": generator.uniform(size=count),
        "tempo": generator.uniform(60, 180, count),
        "key": generator.integers(0, 12, count).astype(float),
        "mode": generator.integers(0, 2, count).astype(float),
    }
    for values in made.values():
        values[generator.uniform(size=count) < unknown] = np.nan
    return made


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 14), st.sampled_from(ARCS), st.integers(0, 99), st.sampled_from([0.0, 0.4, 1.0]), st.data())
def test_an_order_is_a_permutation_and_pinned_tracks_keep_their_place(
    count: int, arc: str, seed: int, unknown: float, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.integers(0, max(count - 1, 0)), unique=True, max_size=min(count, 4)))
    places = data.draw(st.permutations(range(count)))[: len(rows)]
    pinned = dict(zip(rows, places, strict=True)) if count else {}
    order = sequencing.order(columns(count, seed, unknown), arc, pinned)
    assert sorted(order) == list(range(count))
    if count > 1:
        assert all(order[place] == row for row, place in pinned.items())


@pytest.mark.parametrize(("arc", "first_half_is_calmer"), [("rise", True), ("fall", False)])
def test_energy_follows_the_wished_arc(arc: str, first_half_is_calmer: bool) -> None:
    sound = columns(12, seed=3)
    energy = sound["energy"][sequencing.order(sound, arc)]
    assert (energy[:6].mean() < energy[6:].mean()) == first_half_is_calmer
    assert abs(np.corrcoef(energy, np.arange(12))[0, 1]) > 0.8


def test_an_arch_peaks_in_the_middle() -> None:
    sound = columns(12, seed=4)
    energy = sound["energy"][sequencing.order(sound, "arch")]
    assert energy[4:8].mean() > energy[:3].mean() and energy[4:8].mean() > energy[-3:].mean()


def test_neighbours_agree_better_than_by_chance() -> None:
    sound = columns(14, seed=5)
    between = sequencing._between(sound, sound["energy"])
    order = sequencing.order(sound)
    ordered = between[order[:-1], order[1:]].sum()
    generator = np.random.default_rng(1)
    shuffles = [generator.permutation(14) for _ in range(200)]
    assert ordered < min(between[one[:-1], one[1:]].sum() for one in shuffles)


def test_the_camelot_wheel_knows_its_neighbours() -> None:
    keys, modes = np.array([0.0, 7.0, 9.0, 6.0, -1.0]), np.array([1.0, 1.0, 0.0, 1.0, 1.0])
    steps = sequencing.key_steps(keys, modes)
    assert steps[0, 1] == 1, "C major and G major share all notes but one"
    assert steps[0, 2] == 1, "C major and A minor are relatives"
    assert steps[0, 3] == 6, "C major and F sharp major are opposite"
    assert steps[0, 4] == sequencing.UNKNOWN_KEY_STEPS


def test_a_doubled_tempo_counts_as_the_same_pulse() -> None:
    sound = {"energy": np.full(3, 0.5), "tempo": np.array([70.0, 140.0, 100.0]), "key": np.zeros(3), "mode": np.ones(3)}
    between = sequencing._between(sound, sound["energy"])
    assert between[0, 1] == pytest.approx(0.0) and between[0, 2] > 0.3
