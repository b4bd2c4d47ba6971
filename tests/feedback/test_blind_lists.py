"""Dylumo's lists beside those of simpler ways and of an editor: made from photos by one command, judged blindly, each
photo once a person, and read with intervals, on the page and by ``evaluate lists``."""

from __future__ import annotations

import io
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import OWNER, give_role
from core.errors import BadInput, NotFound
from core.schemas import ImageReading, Label, MusicBrief, dump
from core.stats.intervals import Estimate, wilson
from feedback.models import Judgement, PeopleStudy, StudyTask
from feedback.user_studies import analysis, ways
from feedback.user_studies import study as user_study
from lab.studies import editor_lists
from lab.study import Lab
from recommender.library.photos import store_picture
from recommender.mapping.takes import takes_for, with_takes
from recommender.models import Annotation, Picture, Track
from recommender.ranking.baselines import BASELINES, baseline_list
from tests.factories import TrackFactory, UserFactory
from tests.recommender.photos import encoded, painted

pytestmark = pytest.mark.django_db
EDITOR = [[f"Written {n}", f"Somebody {n}"] for n in range(9)]


@pytest.fixture
def catalogue() -> None:
    for n in range(40):
        track = TrackFactory(
            artist=f"Artist {n // 2}",
            popularity=n / 40,
            profile__valence=n / 40,
            profile__arousal=(n * 7 % 40) / 40,
        )
        Annotation.objects.create(
            track=track,
            styles=["surf rock" if n % 2 else "fado"],
            moods=["joyful" if n % 2 else "melancholic"],
            provenance=Annotation.Provenance.SONG,
            confidence=0.8,
        )


@pytest.fixture
def owner() -> User:
    person = UserFactory()
    give_role(person, OWNER)
    return person


@pytest.fixture
def photos(tmp_path: Path) -> list[str]:
    files = [tmp_path / f"photo{n}.png" for n in range(2)]
    for n, file in enumerate(files):
        file.write_bytes(encoded(painted(width=120 + 20 * n)))
    return [str(file) for file in files]


@pytest.fixture
def lists(tmp_path: Path, photos: list[str]) -> Path:
    file = tmp_path / "lists.jsonl"
    file.write_text("".join(json.dumps({"file": Path(one).name, "tracks": EDITOR}) + "\n" for one in photos))
    return file


def run(*words: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("people_study", *words, "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


def made(owner: User, *rivals: str) -> PeopleStudy:
    """A study of four photos with ten people."""
    stored = [read(owner, encoded(painted(width=120 + 20 * n)), f"photo{n}.png", 0.2 + 0.2 * n) for n in range(4)]
    ways_b = [{"list": name} for name in rivals or (*BASELINES, "editor")]
    study = PeopleStudy.objects.create(owner=owner, title="Songs", question="Which is better?", settings_b=ways_b)
    user_study.open_study(study, stored, {"editor": {photo.name: EDITOR for photo in stored}})  # type: ignore[dict-item]
    user_study.invite(study, 10)
    return study


def read(owner: User, content: bytes, name: str, valence: float = 0.6) -> Picture:
    """A photo that was read before, so that no model is needed."""
    photo = store_picture(owner, content, name)
    photo.reading = dump(ImageReading(valence=valence, arousal=0.5))
    photo.save()
    return photo


# --- the simple ways


def test_each_simple_way_keeps_its_rule_and_one_song_an_artist(catalogue: None) -> None:
    beach = takes_for([Label(name="beach", score=0.9, kind="concept")], 0.8, 0.4)
    reading = ImageReading(valence=0.8, arousal=0.4, moods=(Label(name="joyful", score=0.9, kind="mood"),))
    brief = with_takes(MusicBrief(valence=0.8, arousal=0.4, count=5), beach)
    made = {name: baseline_list(name, reading, brief, seed=3) for name in BASELINES}
    for listed in made.values():
        assert len(listed.tracks) == len({track.artist for track in listed.tracks}) == 5
    rows = Track.objects.select_related("annotation").in_bulk()
    assert {rows[one.track_id].annotation.moods[0] for one in made["mood rule"].tracks} == {"joyful"}
    styled = [rows[one.track_id] for one in made["popular in style"].tracks]
    assert {track.annotation.styles[0] for track in styled} == {"surf rock"}
    assert styled == sorted(styled, key=lambda track: -(track.popularity or 0))
    again, other = (baseline_list("random", reading, brief, seed) for seed in (3, 4))
    assert again == made["random"] != other


# --- made


def test_one_command_makes_the_study_from_photos(owner: User, photos: list[str], lists: Path, catalogue: None) -> None:
    broken = Path(photos[0]).with_name("broken.jpg")
    broken.write_text("no picture")
    for file in photos:
        read(owner, Path(file).read_bytes(), "another name.png")
    out = io.StringIO()
    with pytest.raises(SystemExit):
        files = [*photos, str(broken), "/nowhere.jpg", "--lists", str(lists)]
        call_command("people_study", "make", *files, "--user", str(owner.email), "--json", stdout=out)
    told = json.loads(out.getvalue())
    assert (told["photos"], told["against"], len(told["links"])) == (2, [*BASELINES, "editor"], 10)
    assert [one["file"] for one in told["failed"]] == [str(broken), "/nowhere.jpg"]
    assert all(one["error"]["code"] for one in told["failed"])
    study = PeopleStudy.objects.get()
    assert study.state == "open" and study.tasks.count() == 2 * 5
    for task in study.tasks.select_related("list_a", "list_b"):
        other = len(task.written) if task.list_b is None else task.list_b.items.count()
        assert task.list_a.items.count() == other == study.length == 6
        assert task.list_b is None or task.list_b.policy == task.rival
    assert not Picture.objects.exclude(expires=None).exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--user", "nobody@example.org"], "no account"),
        (["--against", "magic"], "no lists called magic"),
        (["--songs", "2"], "3 to 12"),
        (["--people", "0"], "links at once"),
        (["--lists", "/nowhere"], "could not be read"),
    ],
)
def test_what_cannot_be_made_is_said_and_leaves_nothing(
    owner: User, photos: list[str], catalogue: None, words: list[str], said: str
) -> None:
    read(owner, Path(photos[0]).read_bytes(), "photo.png")
    with pytest.raises(CommandError, match=said):
        call_command("people_study", "make", photos[0], "--user", str(owner.email), *words)
    assert not PeopleStudy.objects.exists()
    with pytest.raises(CommandError, match="no study 7"):
        call_command("people_study", "report", "7")


@pytest.mark.parametrize("line", ["{", "[]", '{"file": "a"}', '{"file": "a", "tracks": [["only a title"]]}', "7"])
def test_a_file_of_lists_that_is_none_is_named_by_its_line(line: str) -> None:
    good = json.dumps({"file": "a.jpg", "tracks": EDITOR, "list": "mine"})
    assert ways.written_lists(f"{good}\n\n") == {"mine": {"a.jpg": [tuple(song) for song in EDITOR]}}
    with pytest.raises(BadInput, match="Line 2"):
        ways.written_lists(f"{good}\n{line}")


def test_settings_that_name_no_list_are_refused() -> None:
    for wrong in ({"list": ""}, {"list": 3}, {"list": "random", "reasoning": "symbolic"}, [], [{}] * 9):
        with pytest.raises(BadInput):
            ways.checked_rivals(wrong)
    assert list(ways.rivals_of([{"list": "random"}, {}])) == ["random", "usual"]


# --- taken part in


def test_each_person_sees_each_photo_once_and_each_rival_as_often(client: Client, owner: User, catalogue: None) -> None:
    study = made(owner)
    people = list(study.participants.all())
    seen = [user_study.tasks_of(person) for person in people]
    assert all(len({task.picture_id for task in tasks}) == len(tasks) == 4 for tasks in seen)
    assert Counter(task.rival for tasks in seen for task in tasks) == dict.fromkeys([*BASELINES, "editor"], 8)
    person = people[0]
    client.post(reverse("study_consent", args=[person.token]))
    for _ in range(4):
        page = client.get(reverse("taking_part", args=[person.token])).content.decode()
        assert not any(name in page for name in (*BASELINES, "editor", "Dylumo's", study.question))
        shown = user_study.next_task(person)
        assert shown and {len(songs) for _, songs in shown.lists} == {6}
        client.post(reverse("study_judge", args=[person.token]), judged(shown.task.pk, "left"))
    assert user_study.next_task(person) is None
    person.refresh_from_db()
    alien = next(task for task in StudyTask.objects.all() if task not in seen[0])
    with pytest.raises(NotFound):
        user_study.judge(person, alien.pk, "left", 3, 3)


def judged(task: int, choice: str) -> dict[str, Any]:
    return {"task": task, "choice": choice, "left": 4, "right": 2}


def test_what_people_said_is_read_with_intervals_on_the_page_and_by_evaluate(
    client: Client, owner: User, catalogue: None, tmp_path: Path
) -> None:
    study = made(owner, "random", "editor")
    for person in study.participants.all():
        user_study.agree(person)
        person.refresh_from_db()
        for task in user_study.tasks_of(person):
            a_wins = task.rival == "random"
            a_left = user_study.sides(person, task)[0] == "a"
            user_study.judge(person, task.pk, "left" if a_left == a_wins else "right", 4, 4)
    told = run("report", str(study.pk), "--out", str(tmp_path / "people" / "lists.json"))
    assert json.loads((tmp_path / "people" / "lists.json").read_text()) == told
    assert (told["rivals"]["random"]["won"], told["rivals"]["editor"]["lost"]) == (20, 20)
    share, closed = told["rivals"]["random"]["share"], wilson(20, 20)
    assert (share["value"], share["low"], share["high"]) == (1.0, closed.low, closed.high)
    assert told["rivals"]["editor"]["share"]["high"] == pytest.approx(1 - closed.low)
    assert len(told["judgements"]) == Judgement.objects.count() == 40
    assert not any(person.token in json.dumps(told) for person in study.participants.all())
    (table,) = editor_lists.people(Lab(data=tmp_path)).tables
    assert [row[:4] for row in table.rows] == [("random", 20.0, 0.0, 0.0), ("editor", 0.0, 0.0, 20.0)]
    assert table.rows[0][4] == Estimate(**share)
    client.force_login(owner)
    page = client.get(reverse("admin:people_study", args=[study.pk])).content.decode()
    assert "List A against each other way" in page and "20, 0, 0" in page and "1.00 (0.84 to 1.00)" in page
    assert client.get(reverse("admin:people_study_findings", args=[study.pk])).json() == told
    for stranger in (None, UserFactory()):
        client.logout()
        if stranger:
            client.force_login(stranger)
        assert client.get(reverse("admin:people_study_findings", args=[study.pk])).status_code in (302, 403)


def test_nothing_said_yet_is_no_finding(owner: User, catalogue: None) -> None:
    study = made(owner)
    told = analysis.as_json(study)
    assert all(one["share"] is None for one in told["rivals"].values()) and told["people"]["begun"] == 0
    out = io.StringIO()
    call_command("people_study", "report", str(study.pk), stdout=out)
    assert out.getvalue().count("nothing decided yet") == 5


def test_staff_set_it_up_in_the_admin_with_a_file_of_lists(client: Client, owner: User, catalogue: None) -> None:
    photo = read(owner, encoded(painted()), "beach.png")
    client.force_login(owner)
    data = {"title": "Blind", "question": "?", "consent": "Please.", "settings_a": "{}", "length": 5}
    client.post(
        reverse("admin:feedback_peoplestudy_add"),
        {**data, "settings_b": '[{"list": "random"}, {"list": "editor"}]'},
    )
    study = PeopleStudy.objects.get(title="Blind")
    page, step = (reverse(f"admin:{name}", args=[study.pk]) for name in ("people_study", "people_study_step"))
    assert 'name="lists"' in client.get(page).content.decode()
    sent = {"step": "open", "photo": [str(photo.pk)]}
    assert "fewer than 3 songs" in client.post(step, sent, follow=True).content.decode()
    wrong = SimpleUploadedFile("lists.jsonl", b"\xff\xfe")
    assert "not UTF-8" in client.post(step, {**sent, "lists": wrong}, follow=True).content.decode()
    study.refresh_from_db()
    assert study.state == "draft" and not study.tasks.exists()
    lines = json.dumps({"file": "beach.png", "tracks": [["<b>Song</b>", "Somebody"], *EDITOR]}).encode()
    client.post(step, {**sent, "lists": SimpleUploadedFile("lists.jsonl", lines)})
    study.refresh_from_db()
    assert study.state == "open"
    assert {task.rival: len(task.written) for task in study.tasks.all()} == {"random": 0, "editor": 5}
    for person in user_study.invite(study, 2):
        client.post(reverse("study_consent", args=[person.token]))
        assert "<b>Song" not in client.get(reverse("taking_part", args=[person.token])).content.decode()
