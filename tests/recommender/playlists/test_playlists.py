"""Versions of a list: published once, compared, swapped and arranged; nothing is lost between them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils.translation import override

from core.errors import NotFound
from core.schemas import Limits, MusicBrief, load
from recommender import mapping
from recommender.models import AudioProfile, Playlist, PlaylistItem, Track
from recommender.playlists import versions
from recommender.playlists.titles import title_for
from recommender.ranking.pipeline import recommend
from tests.factories import UserFactory
from tests.recommender.briefs import labels, lake, party, street
from tests.recommender.ranking.test_ranking import catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Playlist:
    catalogue(200)
    owner, brief = UserFactory(), mapping.brief_for(lake())
    return versions.publish(owner, brief, recommend(brief, owner))


def ids(playlist: Playlist) -> list[int]:
    return list(playlist.items.order_by("position").values_list("track_id", flat=True))


def test_a_list_is_stored_whole_and_read_back(made: Playlist) -> None:
    brief = mapping.brief_for(lake())
    ranked = recommend(brief, made.owner)
    read = versions.scored_tracks(made)
    assert [(t.track_id, t.rank, t.score, t.parts, t.reason, t.links) for t in read] == [
        (t.track_id, t.rank, t.score, t.parts, t.reason, t.links) for t in ranked.tracks
    ]
    assert load(MusicBrief, made.brief) == brief and made.number == 1 and made.title == "Golden hour by the lake"


def test_publishing_a_turn_twice_fills_the_same_list(made: Playlist) -> None:
    brief = mapping.brief_for(party())
    again = versions.publish(made.owner, brief, recommend(brief, made.owner), row=made)
    assert again.pk == made.pk and Playlist.objects.count() == 1 and PlaylistItem.objects.count() == 12
    assert ids(again) == [t.track_id for t in recommend(brief, made.owner).tracks]


def test_versions_are_numbered_through_branches(made: Playlist) -> None:
    brief = load(MusicBrief, made.brief)
    second = versions.publish(made.owner, brief, recommend(brief, made.owner), parent=made)
    branch = versions.publish(made.owner, brief, recommend(brief, made.owner), parent=made)
    third = versions.publish(made.owner, brief, recommend(brief, made.owner), parent=second)
    assert [made.number, second.number, branch.number, third.number] == [1, 2, 3, 3]


def test_the_difference_says_what_left_what_came_and_why(made: Playlist) -> None:
    before = versions.scored_tracks(made)
    brief = replace(load(MusicBrief, made.brief), limits=Limits(tempo_max=95))
    ranked = recommend(brief, made.owner, stay=ids(made))
    after = versions.publish(made.owner, brief, ranked, parent=made, before=before)
    left, came = {one["track_id"] for one in after.change["left"]}, {one["track_id"] for one in after.change["came"]}
    assert left == set(ids(made)) - set(ids(after)) and came == set(ids(after)) - set(ids(made))
    assert after.change["stayed"] == len(set(ids(made)) & set(ids(after)))
    fast = set(AudioProfile.objects.filter(tempo__gt=95).values_list("track_id", flat=True))
    assert left & fast
    for one in after.change["left"]:
        assert ("at most 95 beats a minute" in one["why"]) == (one["track_id"] in fast)


def test_a_track_too_far_from_a_moved_target_is_said_to_be(made: Playlist) -> None:
    brief = mapping.adjust(load(MusicBrief, made.brief), arousal=0.9)
    change = versions.difference(versions.scored_tracks(made), recommend(brief, made.owner).tracks, brief)
    assert {one["why"] for one in change["left"]} == {"Too calm now."}


def test_a_swap_replaces_one_track_in_its_place(made: Playlist) -> None:
    brief, shown = load(MusicBrief, made.brief), ids(made)
    swapped = versions.swapped(made, brief, made.owner, shown[4])
    came = [t.track_id for t in swapped.tracks]
    assert came[:4] + came[5:] == shown[:4] + shown[5:] and came[4] not in shown
    assert [t.rank for t in swapped.tracks] == list(range(1, 13))
    again = versions.swapped(made, brief, made.owner, shown[4], avoid={came[4]})
    assert again.tracks[4].track_id not in {came[4], *shown}


def test_a_swap_with_nothing_else_left_changes_nothing(made: Playlist) -> None:
    shown = ids(made)
    Track.objects.exclude(pk__in=shown).delete()
    assert [
        t.track_id for t in versions.swapped(made, load(MusicBrief, made.brief), made.owner, shown[0]).tracks
    ] == shown


def test_arranging_reorders_and_removes(made: Playlist) -> None:
    shown = ids(made)
    wanted = [shown[3], shown[0], shown[7]]
    assert [(t.track_id, t.rank) for t in versions.arranged(made, wanted).tracks] == list(
        zip(wanted, [1, 2, 3], strict=True)
    )


def test_a_track_that_is_not_in_the_list_is_refused(made: Playlist) -> None:
    with pytest.raises(NotFound):
        versions.arranged(made, [0])
    with pytest.raises(NotFound):
        versions.swapped(made, load(MusicBrief, made.brief), made.owner, 0)


@pytest.mark.parametrize(
    ("brief", "title"),
    [
        (mapping.brief_for(lake()), "Golden hour by the lake"),
        (mapping.brief_for(street()), "Rain down the street"),
        (mapping.brief_for(party()), "Celebration"),
        (replace(mapping.brief_for(lake()), scenes=labels("scene", lake=0.9)), "Stillness by the lake"),
        (mapping.adjust(mapping.brief_for(lake()), off={"scene:sunset"}), "Stillness by the lake"),
        (MusicBrief(valence=0.1, arousal=0.9), "Fury"),
        (MusicBrief(valence=0.5, arousal=0.5, words="songs for a rainy drive"), "Songs for a rainy drive"),
    ],
)
def test_titles_come_from_what_was_seen_or_said(brief: MusicBrief, title: str) -> None:
    assert title_for(brief) == title


@pytest.mark.parametrize(
    ("language", "title"),
    [("de", "Goldene Stunde am See"), ("es", "Hora dorada junto al lago"), ("fr", "Heure dorée au bord du lac"),
     ("it", "Ora d'oro in riva al lago"), ("pt", "Hora dourada à beira do lago")],
)  # fmt: skip
def test_titles_are_in_the_language_that_is_active(language: str, title: str) -> None:
    with override(language):
        assert title_for(mapping.brief_for(lake())) == title
        assert title_for(MusicBrief(valence=0.5, arousal=0.5, words="cosmic disco")) == "Cosmic disco"


def test_a_long_wish_makes_a_short_title() -> None:
    title = title_for(MusicBrief(valence=0.5, arousal=0.5, words="something " * 30))
    assert len(title) <= 80 and title.endswith("…")
