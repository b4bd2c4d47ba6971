"""Limits are promises: the filter in SQL and the plain check agree, and what is unknown is handled as stated."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.schemas import Limits
from recommender.models import Track
from recommender.ranking import features, filters
from recommender.ranking.unmet import why_empty
from tests.factories import AudioProfileFactory, TrackFactory

pytestmark = pytest.mark.django_db


def track(*, profile: dict[str, Any] | None = None, **fields: Any) -> Track:
    made = TrackFactory(profile=None, **fields)
    AudioProfileFactory(track=made, **(profile or {}))
    return made


def ids(wanted: Limits) -> set[int]:
    return set(filters.narrowed(Track.objects.all(), wanted).values_list("id", flat=True))


@pytest.mark.parametrize(
    ("wanted", "keeps", "breaks"),
    [
        (Limits(tempo_max=100), {"profile": {"tempo": 100.0}}, {"profile": {"tempo": 100.2}}),
        (Limits(tempo_min=90), {"profile": {"tempo": 90.0}}, {"profile": {"tempo": None}}),
        (Limits(year_min=1990, year_max=1999), {"year": 1999}, {"year": 2000}),
        (Limits(year_min=1990), {"year": 1990}, {"year": None}),
        (Limits(instrumental=True), {"profile": {"instrumentalness": 0.7}}, {"profile": {"instrumentalness": 0.2}}),
        (Limits(instrumental=False), {"profile": {"instrumentalness": 0.2}}, {"profile": {"instrumentalness": None}}),
        (Limits(explicit=False), {"explicit": None}, {"explicit": True}),
        (Limits(explicit=True), {"explicit": True}, {"explicit": None}),
        (Limits(live=False), {"title": "Alive"}, {"title": "Song (Live at Wembley)"}),
        (Limits(live=False), {"live": False, "profile": {"liveness": 0.95}}, {"profile": {"liveness": 0.95}}),
        (Limits(live=True), {"live": True}, {"profile": {"liveness": 0.2}}),
        (Limits(language="en"), {"language": "EN"}, {"language": ""}),
        (Limits(exclude_artists=("beyonce",)), {"artist": "Bey"}, {"artist": "Beyoncé, Jay-Z"}),
        (Limits(exclude_artists=("Queen",)), {"artist": "Queens of the Stone Age"}, {"artist": "Queen & David Bowie"}),
        (Limits(include_artists=("Björk",)), {"artist": "bjork"}, {"artist": "Someone"}),
        (Limits(exclude_artists=("A$AP (x) .*",)), {"artist": "Anyone"}, {"artist": "a$ap (x) .*"}),
        (Limits(exclude_genres=("rap",)), {"genre": "trance"}, {"genre": "southern hip hop"}),
        (Limits(exclude_genres=("hiphop",)), {"genre": "pop"}, {"genre": "", "profile": {"speechiness": 0.4}}),
        (
            Limits(exclude_genres=("jazz",)),
            {"genre": "", "profile": {"genres": {"jazz": 0.1}}},
            {"genre": "", "profile": {"genres": {"jazz": 0.8}}},
        ),
        (Limits(exclude_genres=("trap",)), {"genre": "gangster rap"}, {"genre": "trap"}),
        (Limits(exclude_genres=("polka",)), {"genre": ""}, {"genre": "polka"}),
    ],
)
def test_a_limit_keeps_and_refuses(wanted: Limits, keeps: dict[str, Any], breaks: dict[str, Any]) -> None:
    good, bad = track(**keeps), track(**breaks)
    assert ids(wanted) == {good.id}
    facts = dict(zip([good.id, bad.id], features.load(Track.objects.all(), [good.id, bad.id]).facts, strict=True))
    assert filters.broken(wanted, facts[good.id]) == ()
    assert filters.broken(wanted, facts[bad.id]) != ()


some_limits = st.builds(
    Limits,
    tempo_min=st.none() | st.floats(60, 120),
    tempo_max=st.none() | st.floats(90, 180),
    year_min=st.none() | st.integers(1960, 2000),
    instrumental=st.none() | st.booleans(),
    explicit=st.none() | st.booleans(),
    live=st.none() | st.booleans(),
    exclude_artists=st.sampled_from([(), ("queen",), ("Artist 3", "beyonce")]),
    exclude_genres=st.sampled_from([(), ("rap",), ("jazz", "pop")]),
)


@pytest.fixture
def mixed_tracks() -> list[Track]:
    unsure = (None, True, False)
    return [
        track(
            title=("Song", "Song - Live", "Live in Rome")[n % 3],
            artist=("Queen", "Artist 3", "Beyoncé", "Other")[n % 4],
            genre=("", "pop, dance pop", "rap", "jazz")[n % 4],
            year=(None, 1969, 1995, 2010)[n % 4],
            explicit=unsure[n % 3],
            live=unsure[(n // 3) % 3],
            profile={
                "tempo": (None, 70.0, 110.0, 150.0)[(n // 2) % 4],
                "instrumentalness": (None, 0.1, 0.9)[(n // 4) % 3],
                "liveness": (None, 0.2, 0.9)[(n // 5) % 3],
                "speechiness": (None, 0.05, 0.5)[(n // 7) % 3],
                "genres": ({}, {"jazz": 0.9}, {"hiphop": 0.2}, {"hiphop": 1.0})[(n // 3) % 4],
            },
        )
        for n in range(60)
    ]


@settings(max_examples=40, deadline=None)
@given(wanted=some_limits)
def test_the_filter_and_the_plain_check_say_the_same(mixed_tracks: list[Track], wanted: Limits) -> None:
    every = features.load(Track.objects.all(), [one.id for one in mixed_tracks])
    kept = {int(one) for one, facts in zip(every.ids, every.facts, strict=True) if not filters.broken(wanted, facts)}
    assert ids(wanted) == kept


def test_an_empty_result_names_the_limit_that_emptied_it() -> None:
    track(year=1995, profile={"tempo": 120.0})
    (unmet,) = why_empty(Track.objects.all(), Limits(year_min=1990, tempo_max=60.0))
    assert unmet.limit == "tempo_max" and "at most 60 beats a minute" in unmet.message


def test_limits_that_only_together_leave_nothing_are_all_named() -> None:
    track(year=1995, profile={"tempo": 120.0})
    track(year=2005, profile={"tempo": 80.0})
    names = {unmet.limit for unmet in why_empty(Track.objects.all(), Limits(year_max=1999, tempo_max=100.0))}
    assert names == {"year_max", "tempo_max"}


def test_an_empty_catalogue_is_named_as_such() -> None:
    (unmet,) = why_empty(Track.objects.all(), Limits(tempo_max=100))
    assert "no tracks to choose from" in unmet.message


def test_what_could_not_be_checked_is_said() -> None:
    facts = [filters.Facts(title="a", artist="b"), filters.Facts(title="c", artist="d", genre="pop", explicit=False)]
    told = {unmet.limit: unmet.message for unmet in filters.unverified(
        Limits(explicit=False, exclude_genres=("rap",)), facts
    )}  # fmt: skip
    assert told.keys() == {"explicit", "exclude_genres"} and all("1 track" in message for message in told.values())
