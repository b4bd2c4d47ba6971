"""The statistics of experiments, against known truths: by simulation in small, by other formulas, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import BadInput
from core.stats import ab_test, interleaving, off_policy, sequential
from core.stats.intervals import wilson
from lab.benchmarks import experiments as bench


def test_looking_after_every_person_finds_nothing_in_at_most_five_percent_of_runs_without_a_difference() -> None:
    rng = np.random.default_rng(7)
    assert wilson(bench.false_positives(rng, 1000), 1000).high <= 0.05
    assert wilson(bench.naive_false_positives(rng, 250), 250).low > 0.2  # what peeking costs otherwise


def test_a_true_lift_is_found_about_as_soon_as_a_planned_look_would() -> None:
    found = bench.sequential_power(np.random.default_rng(7), 250)
    assert found["value"] > 0.9
    assert found["median_people"] < 1.3 * found["planned_for_one_look"]


def test_the_power_is_what_was_designed() -> None:
    figures = bench.designed_power(np.random.default_rng(7), 4000)
    assert figures["low"] - 0.01 <= 0.8 <= figures["high"] + 0.01


def test_the_confidence_sequence_is_where_the_ratio_crosses() -> None:
    variance, tau = np.array([0.001, 0.0001]), 0.05
    edge = sequential.radius(variance, tau)
    assert sequential.log_ratio(edge, variance, tau) == pytest.approx(math.log(20))
    assert edge[1] < edge[0]


def test_nothing_is_told_before_enough_people_came() -> None:
    few = np.tile([0.0, 1.0], sequential.FIRST_LOOK - 1)
    assert sequential.confidence_sequence(few, few > 0.5, 0.05).latest is None


def test_the_sequence_over_people_in_order_finds_a_large_effect_and_its_p_value_never_rises() -> None:
    rng = np.random.default_rng(3)
    treated = rng.random(2000) < 0.5
    told = sequential.confidence_sequence((rng.random(2000) < 0.3 + 0.2 * treated).astype(float), treated, 0.05)
    assert told.latest is not None and told.latest.clear and told.latest.low < 0.2 < told.latest.high
    assert np.all(np.diff(told.p_value) <= 0) and told.people[-1] == 2000


def test_the_sample_ratio_of_a_known_table() -> None:
    """Of 100 and 130 people planned half and half, the statistic is 900/230: p = erfc(sqrt(statistic / 2))."""
    assert ab_test.sample_ratio_p([100, 130], [1, 1]) == pytest.approx(math.erfc(math.sqrt(900 / 230 / 2)))


def test_the_sample_ratio_alarm_is_rare_without_cause_and_sure_with_one() -> None:
    rng = np.random.default_rng(7)
    assert bench.srm_alarms(rng, 2000, 0.5) <= 8
    assert bench.srm_alarms(rng, 200, 0.45 / 0.95) > 180
    assert ab_test.sample_ratio_p([0, 0], [1, 1]) == 1.0


@settings(deadline=None)
@given(st.integers(2, 400), st.floats(-0.95, 0.95), st.integers(0, 10_000))
def test_cuped_keeps_the_mean_and_never_adds_variance(count: int, correlation: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    before = rng.normal(size=count)
    outcome = correlation * before + rng.normal(size=count)
    adjusted = ab_test.cuped(outcome, before)
    assert adjusted.mean() == pytest.approx(outcome.mean(), abs=1e-9)
    assert adjusted.var() <= outcome.var() + 1e-9


def test_cuped_takes_out_what_was_known() -> None:
    gain = bench.cuped_gain(np.random.default_rng(7))
    assert gain["variance_left"] == pytest.approx(gain["by_theory"], abs=0.02)
    alike = np.ones(5)
    assert np.array_equal(ab_test.cuped(np.arange(5.0), alike), np.arange(5.0))


rankings = st.lists(st.integers(0, 30), max_size=20, unique=True)


@settings(deadline=None)
@given(rankings, rankings, st.integers(0, 25), st.integers(0, 1000))
def test_a_draft_has_each_track_once_and_nearly_as_many_from_each(
    first: list[int], second: list[int], count: int, seed: int
) -> None:
    drafted = interleaving.draft(first, second, count, np.random.default_rng(seed))
    assert len(set(drafted.tracks)) == len(drafted.tracks) == min(count, len({*first, *second}))
    for track, team in zip(drafted.tracks, drafted.teams, strict=True):
        assert track in (first, second)[team]
    if count <= min(len(first), len(second)) and not set(first) & set(second):
        assert abs(drafted.teams.count(0) - drafted.teams.count(1)) <= 1


def test_credit_goes_to_the_ranking_whose_pick_it_was() -> None:
    drafted = interleaving.Draft((1, 2, 3), (0, 1, 1))
    assert interleaving.credit(drafted, {2: 1.0, 1: -1.0}) == 2.0
    assert interleaving.credit(drafted, {}) == 0.0


def test_the_sign_test_is_exact() -> None:
    told = interleaving.preference([1.0] * 9 + [-1.0] + [0.0] * 5)
    assert (told.second, told.first, told.ties, told.share) == (9, 1, 5, 0.9)
    assert told.p_value == pytest.approx(2 * 11 / 1024)
    assert interleaving.preference([]).p_value == 1.0


def test_interleaving_needs_fewer_people_than_two_groups() -> None:
    found = bench.interleaving_sensitivity(np.random.default_rng(7), 60)
    assert found["interleaving"]["value"] > found["ab"]["value"] + 0.1


def test_identical_rankings_have_no_preference() -> None:
    rng = np.random.default_rng(7)
    drafts = [interleaving.draft(range(20), range(20), 10, rng) for _ in range(400)]
    credits = [interleaving.credit(one, dict.fromkeys((0, 3, 5), 1.0)) for one in drafts]
    assert interleaving.preference(credits).p_value > 0.01


def test_off_policy_intervals_hold_the_truth_as_often_as_they_say() -> None:
    for told in bench.off_policy(np.random.default_rng(7), 300).values():
        assert told["high"] >= 0.95 - 0.01 and told["value"] > 0.9 and abs(told["bias"]) < 0.005


def test_too_little_overlap_is_refused_with_the_sample_said() -> None:
    with pytest.raises(off_policy.TooLittleOverlap, match="effective sample is 50"):
        off_policy.judge(np.ones(50), np.full(50, 0.5), np.full(50, 0.5))
    target = np.zeros(1000)
    target[:3] = 1.0
    with pytest.raises(off_policy.TooLittleOverlap):
        off_policy.judge(np.ones(1000), np.full(1000, 0.1), target)
    with pytest.raises(BadInput):
        off_policy.judge(np.ones(200), np.zeros(200), np.ones(200))


def test_the_same_policy_is_worth_what_was_seen() -> None:
    rewards = np.tile([0.0, 1.0], 200)
    for one in off_policy.judge(rewards, np.full(400, 0.2), np.full(400, 0.2)):
        assert one.value == pytest.approx(0.5) and one.low < 0.5 < one.high and one.sample == pytest.approx(400)
        assert one.clipped == 0.0
