"""A brief becomes a list: near its target, within the limits, kept tracks kept; another picture, another list."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from core.schemas import Limits, MusicBrief, Want, WordsReading
from recommender import mapping
from recommender.library.audio_profiles import PROFILE_SPACE, list_means, moods_of, vectors_of_rows
from recommender.library.vectors import store
from recommender.models import AudioProfile, Track, TrackLink
from recommender.perception.text.affect_model import vocabulary_vectors
from recommender.perception.weights.loaders import TEXT_SPACE
from recommender.ranking import candidates, features, filters, scoring
from recommender.ranking.pipeline import nearest_only, recommend
from tests.factories import TrackFactory, UserFactory
from tests.recommender.briefs import labels, lake, party, pool_of, street

pytestmark = pytest.mark.django_db

GENRES = ("pop", "jazz", "hiphop", "folk", "ambient", "disco")


def catalogue(count: int = 400, seed: int = 0) -> list[Track]:
    """Tracks spread over the affect plane, four by each artist, some versions of one another."""
    generator = np.random.default_rng(seed)
    tracks = Track.objects.bulk_create(
        Track(
            source="table",
            title=f"Song {n // 2} - Remastered" if n % 10 == 1 else f"Song {n // 2 if n % 10 == 0 else n}",
            artist=f"Artist {n // 2 if n % 10 < 2 else n // 4}",
            genre=GENRES[n % len(GENRES)],
            year=int(generator.integers(1960, 2020)),
            duration=float(generator.uniform(120, 300)),
        )
        for n in range(count)
    )
    profiles = []
    for track in tracks:
        valence, arousal, tempo = generator.uniform(), generator.uniform(), generator.uniform(60, 180)
        profiles.append(
            AudioProfile(
                track=track,
                valence=valence,
                arousal=arousal,
                energy=float(np.clip(arousal + generator.normal(0, 0.1), 0, 1)),
                danceability=generator.uniform(),
                acousticness=float(np.clip(1 - arousal + generator.normal(0, 0.2), 0, 1)),
                instrumentalness=generator.uniform(),
                speechiness=generator.uniform(0, 0.3),
                liveness=generator.uniform(0, 0.5),
                tempo=tempo,
                loudness=-20 + 15 * arousal,
                key=int(generator.integers(12)),
                mode=int(generator.uniform() < valence),
                moods=moods_of(np.array([valence]), np.array([arousal]))[0],
                genres={track.genre: 1.0},
                provenance="table",
            )
        )
    AudioProfile.objects.bulk_create(profiles)
    TrackLink.objects.bulk_create(TrackLink(track=t, service="table", external_id=f"t{t.id}") for t in tracks)
    return tracks


@pytest.fixture
def tracks() -> list[Track]:
    return catalogue()


def test_three_pictures_give_different_lists_that_lie_where_their_briefs_lie(tracks: list[Track]) -> None:
    lists = []
    for reading in (lake(), street(), party()):
        brief = mapping.brief_for(reading)
        ranked = recommend(brief, None)
        assert len(ranked.tracks) == 12 and not ranked.unmet
        assert np.mean([t.valence for t in ranked.tracks]) == pytest.approx(brief.valence, abs=0.1)
        assert np.mean([t.arousal for t in ranked.tracks]) == pytest.approx(brief.arousal, abs=0.1)
        lists.append({t.track_id for t in ranked.tracks})
    assert not lists[0] & lists[1] and not lists[1] & lists[2]


def test_a_list_is_numbered_explained_linked_and_the_same_each_time(tracks: list[Track]) -> None:
    brief = mapping.brief_for(lake())
    one, other = recommend(brief, None), recommend(brief, None)
    assert one.tracks == other.tracks
    assert [t.rank for t in one.tracks] == list(range(1, 13))
    for track in one.tracks:
        assert track.links["table"] and track.reason.endswith(".") and track.propensity == 1.0
        assert sum(part.weight for part in track.parts) == pytest.approx(1.0, abs=0.001)
        assert track.score == pytest.approx(100 * sum(p.value * p.weight for p in track.parts), abs=0.2)
    assert {"candidates", "scoring", "choice", "order", "reasons"} <= one.timings.keys()


some_limits = st.builds(
    Limits,
    tempo_max=st.none() | st.floats(70, 180),
    year_min=st.none() | st.integers(1960, 2015),
    instrumental=st.none() | st.booleans(),
    exclude_genres=st.sampled_from([(), ("rap",), ("jazz", "pop", "folk")]),
    exclude_artists=st.sampled_from([(), ("Artist 7",)]),
)


@settings(max_examples=25, deadline=None)
@given(wanted=some_limits, count=st.integers(1, 30), data=st.data())
def test_limits_hold_kept_tracks_stay_and_nothing_repeats(
    tracks: list[Track], wanted: Limits, count: int, data: st.DataObject
) -> None:
    shown = [t.id for t in data.draw(st.permutations(tracks[:40]))[:8]]
    keep = data.draw(st.lists(st.sampled_from(shown), unique=True, max_size=min(3, count)))
    drop = set(data.draw(st.lists(st.sampled_from([one for one in shown if one not in keep]), max_size=3)))
    brief = replace(mapping.brief_for(party()), limits=wanted, count=count)
    ranked = recommend(brief, None, keep=keep, stay=shown, exclude=drop)
    ids = [t.track_id for t in ranked.tracks]
    assert len(ids) == len(set(ids)) <= count and not drop & set(ids)
    assert set(keep) <= set(ids)
    for one in keep:
        if shown.index(one) < len(ids):
            assert ids[shown.index(one)] == one
    loaded = features.load(Track.objects.all(), ids)
    for one, facts in zip(loaded.ids, loaded.facts, strict=True):
        assert one in keep or not filters.broken(wanted, facts)
    assert len(ids) == count or any(unmet.limit == "count" for unmet in ranked.unmet) or not ids


def test_an_impossible_limit_gives_nothing_and_says_which(tracks: list[Track]) -> None:
    ranked = recommend(replace(mapping.brief_for(lake()), limits=Limits(tempo_max=20)), None)
    assert ranked.tracks == () and [unmet.limit for unmet in ranked.unmet] == ["tempo_max"]


def test_a_kept_track_that_breaks_a_limit_is_kept_and_named(tracks: list[Track]) -> None:
    fast = AudioProfile.objects.filter(tempo__gt=150).first().track_id
    ranked = recommend(replace(mapping.brief_for(lake()), limits=Limits(tempo_max=100)), None, keep=[fast])
    assert fast in {t.track_id for t in ranked.tracks}
    assert any(unmet.limit == "tempo_max" and "was kept" in unmet.message for unmet in ranked.unmet)


def test_a_list_of_minutes_is_filled_to_them(tracks: list[Track]) -> None:
    ranked = recommend(replace(mapping.brief_for(lake()), limits=Limits(minutes=30)), None)
    assert 27 <= sum(t.duration for t in ranked.tracks) / 60 <= 30.6 and not ranked.unmet


def test_a_small_catalogue_gives_what_it_has_and_says_so() -> None:
    TrackFactory.create_batch(5)
    ranked = recommend(mapping.brief_for(lake()), None)
    assert len(ranked.tracks) == 5 and ranked.unmet[0].message == "Only 5 of 12 tracks could be found."


def test_nobody_is_given_another_persons_tracks(tracks: list[Track]) -> None:
    owner, other = UserFactory(), UserFactory()
    Track.objects.filter(pk__in=[t.id for t in tracks[::2]]).update(owner=owner)
    private = {t.id for t in tracks[::2]}
    brief = replace(mapping.brief_for(lake()), count=40)

    def given_to(person: User | None) -> set[int]:
        return {t.track_id for t in recommend(brief, person, keep=[tracks[0].id]).tracks}

    assert given_to(owner) & private
    assert not given_to(other) & private and not given_to(None) & private


def test_a_scope_is_kept_to(tracks: list[Track]) -> None:
    some = [t.id for t in tracks[:30]]
    ranked = recommend(mapping.brief_for(lake()), None, scope=Track.objects.filter(pk__in=some))
    assert ranked.tracks and {t.track_id for t in ranked.tracks} <= set(some)


def test_a_refined_list_keeps_what_still_fits(tracks: list[Track]) -> None:
    brief = mapping.brief_for(lake())
    before = [t.track_id for t in recommend(brief, None).tracks]
    slower = WordsReading(text="a bit slower", wants=(Want(feature="tempo", direction=-1, amount=0.5),))
    after = recommend(mapping.move(brief, slower, list_means(before)), None, stay=before).tracks
    assert 3 <= len({t.track_id for t in after} & set(before)) < 12
    assert list_means([t.track_id for t in after])["tempo"] < list_means(before)["tempo"]


def test_asked_styles_lead_the_list(tracks: list[Track]) -> None:
    words = WordsReading(text="jazz please", wants=(Want(feature="genre:jazz"),))
    ranked = recommend(mapping.brief_for(lake(), [words]), None)
    styles = Track.objects.in_bulk([t.track_id for t in ranked.tracks])
    assert sum(track.genre == "jazz" for track in styles.values()) >= 10
    shunned = WordsReading(text="less jazz", wants=(Want(feature="genre:jazz", direction=-1),))
    ranked = recommend(mapping.brief_for(lake(), [shunned]), None)
    assert not Track.objects.filter(pk__in=[t.track_id for t in ranked.tracks], genre="jazz").exists()


def test_a_wish_nothing_can_fulfil_is_said(tracks: list[Track]) -> None:
    words = WordsReading(text="polish techno, no guitar", wants=(
        Want(feature="genre:techno"), Want(feature="instrument:guitar", direction=-1)
    ))  # fmt: skip
    told = {unmet.limit: unmet.message for unmet in recommend(mapping.brief_for(lake(), [words]), None).unmet}
    assert told["genre"] == "None of these tracks is known to have techno."
    assert told["instruments"] == "Nothing is known of the instruments of these tracks."


def test_text_and_sound_vectors_bring_their_own_candidates(tracks: list[Track]) -> None:
    brief = mapping.brief_for(lake())
    vector = vocabulary_vectors()["scene:lake"]
    unheard = TrackFactory(title="By the lake", profile=None)
    text = store.space(TEXT_SPACE, len(vector))
    store.write_vectors(text, [unheard.id], vector[None])
    sound = store.space(PROFILE_SPACE, len(vectors_of_rows([{}])[0]))
    store.write_vectors(sound, [tracks[0].id], np.array([candidates.sound_vector(brief)], dtype=np.float32))
    found = candidates.gather(replace(brief, vector=tuple(float(x) for x in vector)), None)
    row = found.ids.tolist().index(unheard.id)
    assert found.text_similarity[row] == pytest.approx(1.0, abs=1e-3)
    assert tracks[0].id in found.ids


def test_a_track_known_by_name_only_is_scored_by_what_is_known_and_marked_weak() -> None:
    TrackFactory(profile=None)
    unheard = Track.objects.get()
    brief = replace(mapping.brief_for(lake()), vector=tuple(float(x) for x in vocabulary_vectors()["scene:lake"]))
    TrackFactory()
    space = store.space(TEXT_SPACE, 384)
    store.write_vectors(space, [unheard.id], vocabulary_vectors()["scene:lake"][None])
    (track,) = (t for t in recommend(brief, None).tracks if t.track_id == unheard.id)
    assert [(part.name, part.weight) for part in track.parts] == [("semantic", 1.0)]
    assert track.weak and "Little is known" in track.reason


def test_exploring_is_repeatable_by_seed_and_records_its_chances(tracks: list[Track]) -> None:
    brief = mapping.brief_for(lake())
    one, same = (recommend(brief, None, explore=0.5, seed=4) for _ in range(2))
    assert one.tracks == same.tracks and "explore" in one.policy
    assert all(0 < t.propensity <= 1 for t in one.tracks) and any(t.propensity < 1 for t in one.tracks)


def test_a_preference_adds_its_part(tracks: list[Track]) -> None:
    class Liked:
        name, weight, familiar = "taste", 0.5, None

        def values(self, some: features.Pool) -> np.ndarray:
            return np.where(some.columns["key"] == 5, 1.0, 0.0)

        def because(self, some: features.Pool, row: int) -> str:
            return "In F, which you like"

    ranked = recommend(mapping.brief_for(lake()), None, taste=Liked())
    keys = AudioProfile.objects.filter(track_id__in=[t.track_id for t in ranked.tracks]).values_list("key", flat=True)
    assert list(keys).count(5) >= 4
    assert all("taste" in {part.name for part in t.parts} for t in ranked.tracks)
    assert any(t.reason.startswith("In F, which you like") for t in ranked.tracks)


def test_the_stand_in_ranking_keeps_the_limits_too(tracks: list[Track]) -> None:
    brief = replace(mapping.brief_for(lake()), limits=Limits(tempo_max=100))
    ranked = nearest_only(brief, None, exclude={tracks[0].id})
    assert len(ranked.tracks) == 12 and ranked.policy == "nearest"
    assert list_means([t.track_id for t in ranked.tracks])["tempo"] <= 100


def test_weights_follow_what_was_asked_for() -> None:
    brief = MusicBrief(valence=0.5, arousal=0.5, genres=labels("genre", jazz=0.3))
    asked = replace(brief, genres=labels("genre", jazz=1.0), features={"tempo": (90.0, 2.0)})
    assert scoring.weights_for(asked)["genre"] > 5 * scoring.weights_for(brief)["genre"]
    assert scoring.weights_for(asked)["sound"] > 2 * scoring.weights_for(brief)["sound"]


def test_the_nearer_track_scores_higher_in_each_part() -> None:
    some = pool_of(200)
    brief = mapping.brief_for(street())
    scores = scoring.score(some, brief)
    apart = np.hypot(some.columns["valence"] - brief.valence, some.columns["arousal"] - brief.arousal)
    affect = scores.values[:, scores.names.index("affect")]
    assert (np.argsort(-affect) == np.argsort(apart)).all()
    assert ((scores.total >= 0) & (scores.total <= 1)).all()
    assert np.corrcoef(scores.total, -apart)[0, 1] > 0.7


def test_missing_features_share_their_weight_out() -> None:
    scores = scoring.score(pool_of(20, missing=("tempo", "mode", "valence")), mapping.brief_for(street()))
    assert np.allclose(scores.weights.sum(axis=1), 1.0)
    assert not scores.weights[:, scores.names.index("affect")].any()


def test_a_switched_off_chip_no_longer_counts() -> None:
    brief = replace(mapping.brief_for(lake()), genres=labels("genre", jazz=1.0))
    some = pool_of(40)
    off = mapping.adjust(brief, off={"genre:jazz"})
    assert "genre" in scoring.score(some, brief).names and "genre" not in scoring.score(some, off).names


def test_the_pool_is_summed_up_for_its_listener(tracks: list[Track]) -> None:
    TrackFactory(profile=None, genre="")
    summary = features.summarise(None)
    assert (summary.size, summary.unheard) == (401, 1)
    assert summary.valence[0] < summary.valence[1] < summary.valence[2]
    assert sum(label.score for label in summary.genres) == pytest.approx(1.0, abs=0.01)
    assert features.summarise(None, [tracks[0].id]).size == 1


some_weights = st.dictionaries(st.sampled_from(sorted(scoring.WEIGHTS["hybrid"])), st.floats(0, scoring.HEAVIEST))


@settings(max_examples=30, deadline=None)
@given(some_weights)
def test_whatever_weights_are_given_the_parts_of_a_match_sum_to_one(weights: dict[str, float]) -> None:
    if all(weights.get(name, 1.0) == 0 for name in scoring.WEIGHTS["hybrid"]):
        return
    pool_ = pool_of(2)
    scores = scoring.score(pool_, MusicBrief(valence=0.5, arousal=0.5), weights=weights)
    for row in range(2):
        parts = scores.parts(row)
        assert not parts or sum(part.weight for part in parts) == pytest.approx(1.0, abs=1e-3)
        assert 0.0 <= scores.total[row] <= 1.0 + 1e-9


def test_given_weights_change_the_list_and_nonsense_is_refused() -> None:
    catalogue()
    brief = MusicBrief(valence=0.5, arousal=0.5, genres=labels("genre", jazz=0.9))
    usual, changed = recommend(brief, None), recommend(brief, None, weights={"affect": 0.0, "genre": 1.0})
    assert {t.track_id for t in usual.tracks} != {t.track_id for t in changed.tracks}
    assert not [part for track in changed.tracks for part in track.parts if part.name == "affect"]
    for wrong in ({"taste": 1.0}, {"affect": -0.1}, {"affect": float("inf")}, {"affect": "1"}):
        with pytest.raises(scoring.BadWeights):
            recommend(brief, None, weights=wrong)
