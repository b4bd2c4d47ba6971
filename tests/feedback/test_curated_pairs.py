"""Pairs of a photo and a track: proposed, judged without being told where they come from, and put to use."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import ANALYST, OWNER, REVIEWER, give_role
from core.errors import BadInput
from core.schemas import ImageReading, dump
from feedback.models import CuratedPair, EvaluationCase, PairVerdict
from feedback.pairs import labelling
from feedback.review import queue
from recommender.library.photos import store_picture
from recommender.models import Picture
from tests.factories import TrackFactory, UserFactory
from tests.recommender.photos import encoded, painted

pytestmark = pytest.mark.django_db


def staff(role: str) -> User:
    person = UserFactory()
    give_role(person, role)
    return person


@pytest.fixture
def owner() -> User:
    return staff(OWNER)


@pytest.fixture
def photo(owner: User, settings: LazySettings, tmp_path: Path) -> Picture:
    settings.MEDIA_ROOT = tmp_path
    for place in range(20):
        TrackFactory(profile__valence=place / 20, profile__arousal=(place * 7 % 20) / 20)
    TrackFactory(owner=owner, title="Private")
    made = store_picture(owner, encoded(painted()), name="a.png")
    made.reading = dump(ImageReading(valence=0.8, arousal=0.3))
    made.save()
    return made


def test_ranked_and_random_pairs_are_proposed_once(owner: User, photo: Picture) -> None:
    assert labelling.propose(owner, [photo]) == 2 * labelling.EACH
    assert labelling.propose(owner, [photo]) == 0
    origins = Counter(CuratedPair.objects.values_list("origin", flat=True))
    assert origins == {"ranked": labelling.EACH, "random": labelling.EACH}
    assert not CuratedPair.objects.filter(track__owner__isnull=False).exists()


def test_a_strangers_photo_cannot_be_proposed(photo: Picture) -> None:
    with pytest.raises(BadInput):
        labelling.propose(UserFactory(), [photo])


def test_a_reviewer_judges_every_pair_once_and_is_not_told_its_origin(
    client: Client, owner: User, photo: Picture
) -> None:
    total = labelling.propose(owner, [photo])
    reviewer = staff(REVIEWER)
    client.force_login(reviewer)
    for _ in range(total):
        page = client.get("/pairs/").content.decode()
        assert "ranked" not in page
        assert "random" not in page
        pair = labelling.next_for(reviewer)
        assert pair
        assert client.get(reverse("pair_picture", args=[pair.pk])).status_code == 200
        client.post(reverse("judge_pair", args=[pair.pk]), {"says": "fits"})
    assert "You have judged every pair" in client.get("/pairs/").content.decode()
    assert PairVerdict.objects.filter(reviewer=reviewer).count() == total
    assert client.post(reverse("judge_pair", args=[pair.pk]), {"says": "maybe"}).status_code == 400
    assert client.post(reverse("judge_pair", args=[0]), {"says": "fits"}).status_code == 404


@pytest.mark.parametrize("role", [None, ANALYST])
def test_to_others_the_pairs_are_not_there(client: Client, owner: User, photo: Picture, role: str | None) -> None:
    labelling.propose(owner, [photo])
    pair = CuratedPair.objects.first()
    assert pair
    stranger = staff(role) if role else UserFactory()
    for door in (client, Client()):
        assert door.get("/pairs/").status_code == 404
        assert door.get(reverse("pair_picture", args=[pair.pk])).status_code == 404
        assert door.get(reverse("pair_training_set")).status_code == 404
        assert door.post(reverse("judge_pair", args=[pair.pk]), {"says": "fits"}).status_code == 404
        assert door.post(reverse("propose_pairs")).status_code == 404
        assert door.post(reverse("pair_cases")).status_code == 404
        client.force_login(stranger)
    assert not PairVerdict.objects.exists()


def test_a_reviewer_neither_proposes_nor_takes_photos_along(client: Client, owner: User, photo: Picture) -> None:
    client.force_login(staff(REVIEWER))
    assert client.post(reverse("propose_pairs")).status_code == 404
    assert client.get(reverse("pair_training_set")).status_code == 404


def test_two_of_one_mind_settle_a_pair_and_it_is_put_to_use(client: Client, owner: User, photo: Picture) -> None:
    client.force_login(owner)
    client.post(reverse("propose_pairs"))
    good, bad, torn, alone = CuratedPair.objects.all()[:4]
    one, two = staff(REVIEWER), staff(REVIEWER)
    for pair, says in ((good, "fits fits"), (bad, "not not"), (torn, "fits not"), (alone, "fits")):
        for reviewer, word in zip((one, two), says.split(), strict=False):
            labelling.judge(reviewer, pair.pk, word)
    assert dict(labelling.settled()) == {good: True, bad: False}
    assert 0 < (labelling.agreement() or 0) < 1
    client.post(reverse("pair_cases"))
    client.post(reverse("pair_cases"))
    case = EvaluationCase.objects.get()
    assert (case.wanted, case.unwanted) == ([good.track_id], [bad.track_id])
    assert queue.outcome(case)["listed"] > 0
    with zipfile.ZipFile(io.BytesIO(client.get(reverse("pair_training_set")).content)) as archive:
        fits, fits_not = csv.DictReader(io.StringIO(archive.read("pairs.csv").decode()))
        assert fits["picture"] == fits_not["picture"] in archive.namelist()
        assert (fits["fit"], fits_not["fit"], float(fits["energy"])) == ("1", "0", 0.5)


def test_the_table_is_what_the_bridge_trains_on(owner: User, photo: Picture, tmp_path: Path) -> None:
    from lab.training.pairs import read_pairs

    labelling.propose(owner, [photo])
    one, two = staff(REVIEWER), staff(REVIEWER)
    for pair in CuratedPair.objects.all():
        for reviewer in (one, two):
            labelling.judge(reviewer, pair.pk, "not" if pair.origin == "random" else "fits")
    with zipfile.ZipFile(io.BytesIO(labelling.as_training_set())) as archive:
        archive.extractall(tmp_path)
    read = read_pairs(tmp_path / "pairs.csv")
    assert [file.name for file in read.pictures] == [f"{photo.pk}.jpg"]
    ranked = CuratedPair.objects.filter(origin="ranked").count()
    assert sorted(read.grades[0]) == [0.0] * (CuratedPair.objects.count() - ranked) + [1.0] * ranked


def test_agreement_needs_two_reviewers(owner: User, photo: Picture) -> None:
    assert labelling.agreement() is None
    labelling.propose(owner, [photo])
    first = CuratedPair.objects.first()
    assert first
    labelling.judge(staff(REVIEWER), first.pk, "fits")
    assert labelling.agreement() is None
