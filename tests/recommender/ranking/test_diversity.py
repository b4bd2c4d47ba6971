"""Which of the best are taken: one of each song, few of an artist, not all alike; with honest propensities."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recommender.ranking import rerank
from recommender.ranking.filters import Facts
from tests.recommender.briefs import pool_of


@pytest.mark.parametrize(
    "title",
    [
        "Heroes - 2017 Remaster",
        "Heroes (Live at Wembley)",
        "HEROES [Radio Edit]",
        "Heroes - Single Version",
        "Héroes feat. Someone",
        "Heroes (Deluxe Edition Bonus Mix)",
    ],
)
def test_versions_of_a_song_are_the_same_work(title: str) -> None:
    assert rerank.work_key(Facts(title=title, artist="David Bowie, Other")) == rerank.work_key(
        Facts(title="Heroes", artist="David Bowie")
    )


@pytest.mark.parametrize("title", ["Heroes and Villains", "Heroes Pt. 2", "Live Forever", "My Heroes"])
def test_other_songs_stay_apart(title: str) -> None:
    plain = rerank.work_key(Facts(title="Heroes", artist="A"))
    assert rerank.work_key(Facts(title=title, artist="A")) != plain


def test_the_same_title_by_another_artist_is_another_song() -> None:
    one, other = (rerank.work_key(Facts(title="Hello", artist=artist)) for artist in ("Adele", "Lionel Richie"))
    assert one != other


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 50), st.integers(1, 20), st.integers(12, 40), st.integers(0, 3))
def test_no_repeats_and_the_artist_cap_holds_while_others_are_left(
    seed: int, count: int, artists: int, kept: int
) -> None:
    pool = pool_of(80, seed, artists=artists)
    fit = np.random.default_rng(seed).uniform(size=80)
    chosen = [one.row for one in rerank.choose(pool, fit, count, first=range(kept))]
    assert len(chosen) == max(count, 0) and len(set(chosen)) == len(chosen)
    assert chosen[:kept] == list(range(kept))[:count]
    by_artist = Counter(row % artists for row in chosen)
    assert max(by_artist.values()) <= max(rerank.MOST_BY_ARTIST, kept) or count > 2 * artists


def test_the_artist_cap_gives_way_when_there_is_only_one_artist() -> None:
    pool = pool_of(20, artists=1)
    assert len(rerank.choose(pool, np.linspace(1, 0, 20), 10)) == 10


def test_near_duplicates_are_folded_into_the_best_of_them() -> None:
    pool = pool_of(5, artists=1)
    titles = ("Blue", "Blue - Remastered 2009", "Blue (Live)", "Green", "Green - Radio Edit")
    pool = replace(pool, facts=tuple(replace(f, title=t) for f, t in zip(pool.facts, titles, strict=True)))
    assert rerank.without_repeats(pool, np.array([0.1, 0.9, 0.5, 0.2, 0.3]), 10) == [1, 4]
    assert rerank.without_repeats(pool, np.array([0.1, 0.9, 0.5, 0.2, 0.3]), 10, first=[2]) == [2, 4]


def test_choosing_for_variety_spreads_further_than_taking_the_best() -> None:
    pool = pool_of(100, seed=2)
    fit = 1.0 - 0.2 * np.hypot(pool.columns["valence"] - 0.5, pool.columns["arousal"] - 0.5)
    alike = rerank.alikeness(pool)
    chosen = [one.row for one in rerank.choose(pool, fit, 10)]
    best = np.argsort(-fit)[:10]
    assert alike[np.ix_(chosen, chosen)].mean() < alike[np.ix_(best, best)].mean()
    assert fit[chosen].mean() > fit.mean()


def test_without_exploring_every_choice_is_certain() -> None:
    pool = pool_of(30)
    assert {(one.propensity, one.rivals) for one in rerank.choose(pool, np.linspace(1, 0, 30), 8)} == {(1.0, ())}


def test_recorded_propensities_are_the_frequencies_of_the_choices() -> None:
    pool, fit = pool_of(40, seed=1), np.linspace(1, 0, 40)
    generator = np.random.default_rng(0)
    firsts = [
        rerank.choose(pool, fit, 1, explore=0.5, generator=generator)[0] for _ in range(4000)
    ]  # fmt: skip
    counts, told = Counter(one.row for one in firsts), {one.row: one.propensity for one in firsts}
    assert len(told) == 10 and sum(told.values()) == pytest.approx(1.0)
    for row, chance in told.items():
        assert counts[row] / 4000 == pytest.approx(chance, abs=0.03)


def test_later_places_are_drawn_as_told_given_those_before_and_remember_among_which() -> None:
    pool, fit = pool_of(30, seed=2), np.linspace(1, 0.5, 30)
    generator = np.random.default_rng(1)
    lists = [rerank.choose(pool, fit, 3, explore=0.3, generator=generator) for _ in range(6000)]
    begun = Counter((one[0].row, one[1].row) for one in lists).most_common(1)[0][0]
    thirds = [one[2] for one in lists if (one[0].row, one[1].row) == begun]
    counts, told = Counter(one.row for one in thirds), {one.row: one.propensity for one in thirds}
    assert sum(told.values()) == pytest.approx(1.0) and len({one.rivals for one in thirds}) == 1
    for row, chance in told.items():
        assert counts[row] / len(thirds) == pytest.approx(chance, abs=0.03)
    rivals = dict(thirds[0].rivals)
    assert set(rivals) == set(told) and not {*begun} & set(rivals) and all(lost >= 0 for lost in rivals.values())
    gains = [rerank.FIT_OVER_VARIETY * fit[row] - lost for row, lost in thirds[0].rivals]
    assert gains == sorted(gains, reverse=True), "best first, as the greedy choice would have gone on"


def test_what_is_kept_was_not_drawn() -> None:
    chosen = rerank.choose(
        pool_of(30), np.linspace(1, 0, 30), 8, first=[5, 9], explore=0.3, generator=np.random.default_rng(3)
    )
    assert [(one.row, one.propensity, one.rivals) for one in chosen[:2]] == [(5, 1.0, ()), (9, 1.0, ())]
    assert all(one.propensity < 1 and one.rivals for one in chosen[2:])
