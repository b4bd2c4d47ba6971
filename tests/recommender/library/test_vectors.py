"""Nearest tracks: exact, by index, and on the affect plane; filters and owners never lose or leak a row."""

from __future__ import annotations

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from recommender.library.audio_profiles import PROFILE_DIMENSIONS, profile_vectors, vectors_of_rows
from recommender.library.vectors import store
from recommender.models import Track, TrackVector, VectorSpace
from tests.factories import AudioProfileFactory, TrackFactory, UserFactory

COUNT, DIMENSIONS = 300, 8


def filled_space() -> tuple[VectorSpace, list[int], np.ndarray]:
    """Shared tracks of the years 2000..2009 with random unit vectors."""
    space = store.space("test-space", DIMENSIONS)
    tracks = Track.objects.bulk_create(
        Track(title=str(n), source=Track.Source.TABLE, year=2000 + n % 10) for n in range(COUNT)
    )
    matrix = np.random.default_rng(5).normal(size=(COUNT, DIMENSIONS)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    ids = [track.pk for track in tracks]
    store.write_vectors(space, ids, matrix)
    return space, ids, matrix


def truly_nearest(ids: list[int], matrix: np.ndarray, query: np.ndarray, keep: list[bool], k: int) -> list[int]:
    far = 1 - matrix @ query
    return [ids[n] for n in np.argsort(far, kind="stable") if keep[n]][:k]


@pytest.fixture
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes at which the index comes in, brought down to a test's."""
    monkeypatch.setattr(store, "INDEX_FROM", 100)
    monkeypatch.setattr(store, "EXACT_BELOW", 20)


@pytest.mark.django_db
def test_exact_search_gives_the_true_order_and_distance():
    space, ids, matrix = filled_space()
    found = store.nearest(space, matrix[3], k=10)
    assert [one for one, _ in found] == truly_nearest(ids, matrix, matrix[3], [True] * COUNT, 10)
    assert found[0][1] == pytest.approx(0.0, abs=1e-6)


@pytest.mark.django_db(transaction=True)
def test_through_the_index_no_filter_loses_a_row_and_no_one_sees_anothers(small_limits):
    space, ids, matrix = filled_space()
    assert store.ensure_index(space)
    assert store.ensure_index(space), "a second call finds it"

    found = {one for one, _ in store.nearest(space, matrix[3], k=20)}
    assert len(found & set(truly_nearest(ids, matrix, matrix[3], [True] * COUNT, 20))) >= 18

    keep = [n % 10 == 3 for n in range(COUNT)]
    of_2003 = [one for one, _ in store.nearest(space, matrix[0], tracks=Track.objects.filter(year=2003), k=40)]
    assert of_2003 == truly_nearest(ids, matrix, matrix[0], keep, 40)
    assert len(of_2003) == 30
    assert store.nearest(space, matrix[0], tracks=Track.objects.none(), k=5) == []

    anna, ben = UserFactory(), UserFactory()
    Track.objects.filter(pk=ids[7]).update(owner=anna)
    for person, seen in ((anna, True), (ben, False), (None, False)):
        nearest = {one for one, _ in store.nearest(space, matrix[7], person=person, tracks=Track.objects.all(), k=30)}
        assert (ids[7] in nearest) is seen


@pytest.mark.django_db(transaction=True)
def test_search_settings_do_not_outlive_the_search(small_limits):
    space, _, matrix = filled_space()
    store.ensure_index(space)
    with transaction.atomic(), connection.cursor() as cursor:
        store.nearest(space, matrix[0], k=5)
        cursor.execute("SHOW enable_seqscan")
        assert cursor.fetchone()[0] == "on"


@pytest.mark.django_db
def test_writing_again_replaces_and_passes_over_deleted_tracks():
    space = store.space("test-space", 3)
    track = TrackFactory()
    store.write_vectors(space, [track.pk, 10**12], np.eye(3, dtype=np.float32)[:2])
    store.write_vectors(space, [track.pk], np.array([[0, 0, 1]], dtype=np.float32))
    assert list(TrackVector.objects.get().vector) == [0, 0, 1]


@pytest.mark.django_db
def test_spaces_of_other_dimensions_are_never_mixed():
    space = store.space("test-space", 3)
    with pytest.raises(ValueError, match="3 dimensions, not 4"):
        store.space("test-space", 4)
    with pytest.raises(ValueError, match="expected"):
        store.write_vectors(space, [1], np.zeros((1, 4), dtype=np.float32))


@pytest.mark.django_db
def test_the_plane_gives_the_nearest_mood_points_within_limits_and_owner():
    anna = UserFactory()
    near = TrackFactory(profile__valence=0.8, profile__arousal=0.2)
    far = TrackFactory(profile__valence=0.1, profile__arousal=0.9)
    hers = TrackFactory(owner=anna, profile__valence=0.79, profile__arousal=0.2)
    TrackFactory(profile__valence=None, profile__arousal=None)
    assert [one for one, _ in store.nearest_on_plane(0.8, 0.2)] == [near.pk, far.pk]
    assert [one for one, _ in store.nearest_on_plane(0.79, 0.2, person=anna)] == [hers.pk, near.pk, far.pk]
    assert store.nearest_on_plane(0.8, 0.2, tracks=Track.objects.filter(pk=far.pk))[0] == (
        far.pk,
        pytest.approx(np.hypot(0.7, 0.7)),
    )


unit = st.floats(0, 1)


@given(st.lists(st.tuples(unit, unit, st.none() | unit, st.none() | st.floats(1, 400)), min_size=1, max_size=8))
def test_profile_vectors_are_finite_unit_vectors_whatever_is_unknown(rows):
    names = ("valence", "arousal", "energy", "tempo")
    matrix = vectors_of_rows([dict(zip(names, row, strict=True)) for row in rows])
    assert matrix.shape == (len(rows), PROFILE_DIMENSIONS)
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1.0, atol=1e-5)


def test_a_shared_genre_brings_two_profiles_together():
    features = {
        name: np.full(3, value)
        for name, value in vars(AudioProfileFactory.build(track=None)).items()
        if isinstance(value, float | int) and not isinstance(value, bool)
    }
    jazz, also_jazz, metal = profile_vectors(features, [{"jazz": 1.0}, {"jazz": 1.0}, {"metal": 1.0}])
    assert jazz @ also_jazz > jazz @ metal
