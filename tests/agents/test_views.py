"""What a person meets on the pages: their own things only, errors they can use, and answers that fit how they asked."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from accounts.models import User
from agents.board import PoolReading
from agents.models import Conversation, Turn
from agents.roles.music_understanding import describe
from core.schemas import Form, Harmony, ImageReading, Label, MusicBrief, Swatch, Take, dump
from recommender.mapping import choose_take
from recommender.models import AudioProfile, Picture, Playlist
from recommender.music.occasions import occasions
from recommender.perception.audio.decode import Sound
from recommender.perception.audio.reader import analyse_sound
from tests.factories import (
    ConversationFactory,
    PictureFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    TrackFactory,
    TurnFactory,
    UserFactory,
)
from tests.recommender.songs import chord_song

pytestmark = pytest.mark.django_db
FRAGMENT = {"HX-Request": "true", "Accept": "application/json, text/html"}
JSON = {"Accept": "application/json"}


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The turns handed to workers; none runs."""
    handed: list[str] = []
    monkeypatch.setattr("agents.conversations.turns.enqueue", handed.append)
    return handed


def photo(colour: str = "orange", form: str = "JPEG") -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(data, form)
    return SimpleUploadedFile(f"photo.{form.lower()}", data.getvalue())


def conversation_of(owner: User, tracks: int = 3) -> Conversation:
    """A finished conversation: a read photo, and a list of tracks over the affect plane."""
    reading = ImageReading(
        valence=0.7,
        arousal=0.3,
        moods=(Label(name="peaceful", score=0.8), Label(name="joyful", score=0.4)),
        scenes=(Label(name="beach", score=0.9, kind="scene"),),
        palette=(Swatch(hex="#e0703a", share=0.6), Swatch(hex="#203050", share=0.4)),
        phrase="a beach at dusk",
    )
    picture = PictureFactory(owner=owner, reading=dump(reading))
    playlist = PlaylistFactory(owner=owner, picture=picture, brief=dump(MusicBrief(valence=0.7, arousal=0.3)))
    for place in range(tracks):
        track = TrackFactory(title=f"Title {place}", profile__valence=0.6 + 0.01 * place, profile__arousal=0.3)
        parts = [{"name": "valence", "value": 0.9, "weight": 0.6}, {"name": "mood", "value": 0.5, "weight": 0.4}]
        PlaylistItemFactory(
            playlist=playlist, track=track, position=place, score=90 - place, parts=parts, reason="It is calm."
        )
    made: Conversation = ConversationFactory(owner=owner, picture=picture, head=playlist)
    TurnFactory(conversation=made, number=1, state="done", playlist=playlist, answer="Here you are.", picture=picture)
    return made


@pytest.fixture
def ada(client: Client) -> User:
    person: User = UserFactory()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


def test_looking_around_makes_no_guest(client: Client) -> None:
    for page in ("home", "lists"):
        assert client.get(reverse(page)).status_code == 200
    assert not User.objects.exists()


def test_limits_stand_beside_the_drop_zone(client: Client, settings: LazySettings) -> None:
    settings.UPLOAD_BYTES_LIMIT = 7 * 1024 * 1024
    page = client.get("/").content.decode()
    assert "7 MB in all" in page and "HEIC" in page


def test_a_visitors_photo_opens_a_page_of_their_own(
    client: Client, queued: list[str], django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        answer = client.post(reverse("start"), {"picture": photo()})
    assert answer.status_code == 302
    turn = Turn.objects.get()
    assert queued == [str(turn.pk)]
    assert turn.conversation.owner.is_guest
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert "skeleton-track" in page.content.decode()
    assert '<noscript><meta http-equiv="refresh"' in page.content.decode()
    assert Client().get(answer["Location"]).status_code == 404


def test_a_program_or_script_gets_the_address_as_json(client: Client, queued: list[str]) -> None:
    answer = client.post(reverse("start"), {"text": "rain on a window"}, headers=JSON)
    assert answer.status_code == 201
    assert client.get(answer.json()["url"]).status_code == 200


@pytest.mark.parametrize("sample", ["sunset-sea", "rainy-city", "forest-morning", "party-lights"])
def test_a_sample_picture_works_without_any_upload(client: Client, queued: list[str], sample: str) -> None:
    assert client.post(reverse("start"), {"sample": sample}).status_code == 302
    assert Picture.objects.get().width == 1280


@pytest.mark.parametrize(
    ("sent", "code", "status"),
    [
        ({}, "nothing_asked", 400),
        ({"picture": SimpleUploadedFile("a.jpg", b"")}, "picture_empty", 400),
        ({"picture": SimpleUploadedFile("a.jpg", b"<svg xmlns='x'/>")}, "picture_unsupported", 400),
        ({"picture": SimpleUploadedFile("a.jpg", b"\xff\xd8\xff" + b"x" * 99)}, "picture_damaged", 400),
        ({"sample": "../../settings"}, "bad_sample", 400),
        ({"text": "x" * 2001}, "bad_text", 400),
    ],
)
def test_what_cannot_be_used_is_named(
    client: Client, sent: dict[str, object], code: str, status: int, queued: list[str]
) -> None:
    answer = client.post(reverse("start"), sent, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["message"] and not Turn.objects.exists()
    for file in sent.values():
        if isinstance(file, SimpleUploadedFile):
            file.seek(0)
    page = client.post(reverse("start"), sent)
    assert page.status_code == status and code in page.content.decode()


def test_an_upload_over_the_limit_is_refused_by_its_length(client: Client, settings: LazySettings) -> None:
    settings.UPLOAD_BYTES_LIMIT = 1024
    big = SimpleUploadedFile("big.jpg", b"\xff\xd8\xff" + bytes(2 * 1024 * 1024))
    answer = client.post(reverse("start"), {"picture": big}, headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_too_large")


def test_posts_need_the_csrf_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("start"), {"text": "calm"}).status_code == 403


def test_the_page_shows_what_was_seen_and_why_each_track_is_there(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    page = client.get(reverse("conversation", args=[made.pk]), {"open": ""}).content.decode()
    assert 'data-photo="#e0703a"' in page
    assert "A beach at dusk" in page and 'value="mood:peaceful" checked' in page
    assert page.count('class="track ') == 3 and page.count('class="dot"') == 3
    assert "Match 90 of 100" in page and "It is calm." in page and "counts 60 %" in page
    assert "Here you are." in page


def test_a_known_song_opens_elsewhere_by_one_menu_of_real_names(client: Client, ada: User) -> None:
    made = conversation_of(ada, tracks=2)
    made.head.items.get(position=0).track.links.all().delete()  # type: ignore[union-attr]
    for item in made.head.items.all():  # type: ignore[union-attr]
        item.track.source, item.track.genre, item.track.year = "editor", "big beat, techno", 1998
        item.track.save()
    page = client.get(reverse("conversation", args=[made.pk]), {"open": ""}).content.decode()
    assert page.count('class="menu listen"') == 2 and page.count("Find on YouTube Music") == 2
    assert '<span class="kind">big beat · 1998</span>' in page
    assert "Songs open at your music service: Listen ↗." in page and "data-play-all" not in page
    first = made.head.items.get(position=0).track  # type: ignore[union-attr]
    first.file = "song.ogg"
    first.save()
    page = client.get(reverse("conversation", args=[made.pk])).content.decode()
    assert "Songs open at" not in page and page.count("data-play-all") == 1


def two_takes(owner: User, *, second: float) -> Conversation:
    """A list of a photo that shows a party and, as likely as ``second``, a concert; each with a take."""
    made = conversation_of(owner)
    assert made.head and made.picture
    concepts = [dump(Label(name=name, score=score, kind="concept")) for name, score in seen(second)]
    made.picture.reading = {**made.picture.reading, "concepts": concepts}
    made.picture.save()
    takes = (
        Take(title="Disco", styles={"disco": 1.0}, concept="party nightclub", valence=0.8, arousal=0.8),
        Take(title="Arena rock", styles={"hard rock": 1.0}, concept="concert stage", valence=0.6, arousal=0.7),
    )
    made.head.brief = dump(choose_take(MusicBrief(valence=0.7, arousal=0.3, takes=takes), 1))
    made.head.save()
    return made


def seen(second: float) -> tuple[tuple[str, float], ...]:
    return ("party nightclub", 0.5), ("concert stage", second)


def test_two_things_seen_that_are_close_become_one_question(client: Client, ada: User) -> None:
    made = two_takes(ada, second=0.4)
    page = client.get(reverse("conversation", args=[made.pk])).content.decode()
    things = [occasions()[name].thing for name, _ in seen(0.4)]
    assert f"{things[0].capitalize()} or {things[1]}?" in page
    assert "How sure: <b>likely</b>" in page and 'value="concept:party nightclub" checked' in page
    client.post(reverse("take", args=[made.pk]), {"take": "2"})
    made.refresh_from_db()
    assert made.head and made.head.brief["take"] == 2
    assert 'id="question"' not in client.get(reverse("conversation", args=[made.pk])).content.decode()
    sure = two_takes(ada, second=0.2)
    assert 'id="question"' not in client.get(reverse("conversation", args=[sure.pk])).content.decode()


def test_a_thing_that_is_not_there_is_switched_off_with_its_takes(client: Client, ada: User) -> None:
    made = two_takes(ada, second=0.4)
    chips = ["concept:concert stage", "mood:peaceful", "mood:joyful", "scene:beach"]
    client.post(reverse("adjust", args=[made.pk]), {"on": chips})
    made.refresh_from_db()
    assert made.head and made.head.brief["switched_off"] == ["concept:party nightclub"] and made.head.brief["take"] == 2
    page = client.get(reverse("conversation", args=[made.pk])).content.decode()
    assert "Arena rock" in page and "Disco" not in page and 'value="concept:party nightclub"  ' in page


def test_a_page_has_neither_inline_styles_nor_inline_handlers(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    for address in ("/", "/lists/", reverse("conversation", args=[made.pk])):
        page = client.get(address).content.decode()
        assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", page)
        assert not re.search(r"<script(?![^>]*\bsrc=)", page)


@pytest.mark.parametrize(
    ("name", "mark"),
    [("seen", 'id="steer"'), ("list", 'id="tracks"'), ("timeline", 'id="agents-at-work"'), ("chat", 'class="answer"')],
)
def test_each_part_of_the_page_can_be_fetched_alone(client: Client, ada: User, name: str, mark: str) -> None:
    made = conversation_of(ada)
    answer = client.get(reverse("fragment", args=[made.pk, name]))
    assert answer.status_code == 200 and mark in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_nobody_else_can_see_or_touch_a_conversation(client: Client, ada: User) -> None:
    theirs = conversation_of(UserFactory())
    gets = [reverse("conversation", args=[theirs.pk]), reverse("fragment", args=[theirs.pk, "list"])]
    changes = ["adjust", "arrange", "swap", "undo", "redo", "rename", "delete", "share", "unshare"]
    for address in gets:
        assert client.get(address).status_code == 404
    for verb in ["say", "cancel", "retry", *changes]:
        assert client.post(reverse(verb, args=[theirs.pk]), {"text": "x", "title": "x", "track": 1}).status_code == 404
    assert Conversation.objects.get() == theirs


def test_switching_a_chip_off_ranks_again_without_a_reload(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    point = {"valence": "0.70", "arousal": "0.30", "was_valence": "0.70", "was_arousal": "0.30"}
    sent = {**point, "on": ["mood:joyful", "scene:beach"]}
    answer = client.post(reverse("adjust", args=[made.pk]), sent, headers=FRAGMENT)
    assert answer.status_code == 200, answer.content
    assert 'id="tracks"' in answer.content.decode() and 'hx-swap-oob="true"' in answer.content.decode()
    made.refresh_from_db()
    assert made.head and made.head.brief["switched_off"] == ["mood:peaceful"]
    page = client.get(reverse("fragment", args=[made.pk, "seen"])).content.decode()
    assert 'value="mood:peaceful"  ' in page and 'value="mood:joyful" checked' in page


def test_moving_the_point_changes_what_the_music_aims_at(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    chips = ["mood:peaceful", "mood:joyful", "scene:beach"]
    sent = {"valence": "0.20", "arousal": "0.30", "was_valence": "0.70", "was_arousal": "0.30", "on": chips}
    client.post(reverse("adjust", args=[made.pk]), sent)
    made.refresh_from_db()
    assert made.head and made.head.brief["valence"] == pytest.approx(0.2)
    assert "Start over" in client.get(reverse("fragment", args=[made.pk, "seen"])).content.decode()
    client.post(reverse("adjust", args=[made.pk]), {"reset": "1"})
    made.refresh_from_db()
    assert made.head.brief["valence"] == pytest.approx(0.7)


def test_a_point_off_the_map_is_refused(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    answer = client.post(reverse("adjust", args=[made.pk]), {"valence": "1.4"}, headers=FRAGMENT)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "bad_valence"


def shown(made: Conversation) -> list[str]:
    made.refresh_from_db()
    assert made.head
    return [item.track.title for item in made.head.items.order_by("position")]


def test_tracks_can_be_moved_removed_and_brought_back(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    first = made.head.items.get(position=0).track_id  # type: ignore[union-attr]
    client.post(reverse("arrange", args=[made.pk]), {"track": first, "move": "down"})
    assert shown(made) == ["Title 1", "Title 0", "Title 2"]
    client.post(reverse("arrange", args=[made.pk]), {"track": first, "move": "out"})
    assert shown(made) == ["Title 1", "Title 2"]
    client.post(reverse("undo", args=[made.pk]))
    client.post(reverse("undo", args=[made.pk]))
    assert shown(made) == ["Title 0", "Title 1", "Title 2"]
    client.post(reverse("redo", args=[made.pk]))
    assert shown(made) == ["Title 1", "Title 0", "Title 2"]


def test_a_whole_order_can_be_given_by_dragging(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    ids = list(made.head.items.order_by("-position").values_list("track_id", flat=True))  # type: ignore[union-attr]
    order = ",".join(map(str, ids))
    assert client.post(reverse("arrange", args=[made.pk]), {"order": order}, headers=FRAGMENT).status_code == 200
    assert shown(made) == ["Title 2", "Title 1", "Title 0"]
    answer = client.post(reverse("arrange", args=[made.pk]), {"order": "1,x"}, headers=FRAGMENT)
    assert answer.json()["error"]["code"] == "bad_order"


def test_one_track_can_be_swapped_for_another(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    TrackFactory(title="Newcomer", profile__valence=0.7, profile__arousal=0.3)
    last = made.head.items.get(position=2).track_id  # type: ignore[union-attr]
    client.post(reverse("swap", args=[made.pk]), {"track": last})
    assert shown(made) == ["Title 0", "Title 1", "Newcomer"]


def test_saying_something_queues_a_turn_and_a_second_one_is_refused(
    client: Client, ada: User, queued: list[str]
) -> None:
    made = conversation_of(ada)
    answer = client.post(reverse("say", args=[made.pk]), {"text": "", "suggestion": "no vocals"}, headers=FRAGMENT)
    assert "no vocals" in answer.content.decode() and "typing" in answer.content.decode()
    again = client.post(reverse("say", args=[made.pk]), {"text": "louder"}, headers=FRAGMENT)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "turn_open")


def test_a_running_turn_can_be_cancelled_and_asked_again(client: Client, ada: User, queued: list[str]) -> None:
    made = conversation_of(ada)
    turn = TurnFactory(conversation=made, number=2, state="queued", text="calmer")
    page = client.get(reverse("conversation", args=[made.pk])).content.decode()
    assert reverse("cancel", args=[made.pk]) in page
    client.post(reverse("cancel", args=[made.pk]))
    turn.refresh_from_db()
    assert turn.state == "cancelled"
    answer = client.post(reverse("retry", args=[made.pk]), headers=FRAGMENT)
    assert "spinner" in answer.content.decode()
    assert made.turns.count() == 3


def test_a_failed_turn_says_what_happened_and_offers_another_try(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    error = {"code": "worker_lost", "message": "The worker stopped.", "hint": "Try again."}
    TurnFactory(conversation=made, number=2, state="failed", error=error)
    page = client.get(reverse("conversation", args=[made.pk])).content.decode()
    assert "The worker stopped." in page and "worker_lost" in page and reverse("retry", args=[made.pk]) in page


def test_names_of_tracks_and_people_are_shown_as_text(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    attack = '<img src=x onerror="alert(1)">'
    item = made.head.items.get(position=0)  # type: ignore[union-attr]
    item.track.title = attack
    item.track.save()
    client.post(reverse("rename", args=[made.pk]), {"title": attack})
    page = client.get(reverse("conversation", args=[made.pk])).content.decode()
    assert attack not in page and "&lt;img src=x" in page


def test_a_shared_list_can_be_looked_at_by_anyone_until_it_is_taken_back(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    client.post(reverse("share", args=[made.pk]))
    made.refresh_from_db()
    assert made.share_token and len(made.share_token) >= 40
    stranger, address = Client(), reverse("shared", args=[made.share_token])
    page = stranger.get(address).content.decode()
    assert "Title 0" in page and "noindex" in page
    assert not any(f"/{verb}/" in page for verb in ("say", "adjust", "arrange", "swap", "undo"))
    assert "data-grip" not in page
    client.post(reverse("unshare", args=[made.pk]))
    assert stranger.get(address).status_code == 404


def test_a_shared_list_tells_nothing_of_its_owners_taste(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    assert made.head
    item = made.head.items.get(position=0)
    item.parts = [
        {"name": "taste", "value": 1.0, "weight": 0.5, "decisive": True},
        {"name": "familiarity", "value": 1.0, "weight": 0.3},
        {"name": "affect", "value": 0.9, "weight": 0.2},
    ]
    item.reason = "Quiet songs, since you liked “A private song”: 92 bpm."
    item.save()
    client.post(reverse("share", args=[made.pk]))
    made.refresh_from_db()
    own = client.get(reverse("conversation", args=[made.pk]), {"open": ""}).content.decode()
    assert "A private song" in own and "<dt>Taste</dt>" in own
    page = Client().get(reverse("shared", args=[made.share_token]), {"open": ""}).content.decode()
    assert "A private song" not in page
    assert not any(f"<dt>{part}</dt>" in page for part in ("Taste", "Familiarity"))
    assert "It feels near the picture or the words" in page
    assert "It is calm." in page, "a reason without anything personal stays as it is"


def test_deleting_takes_lists_and_photo_along_but_not_what_others_use(client: Client, ada: User) -> None:
    made, other = conversation_of(ada), conversation_of(ada)
    assert made.head
    PlaylistFactory(owner=ada, parent=made.head, number=2)
    client.post(reverse("delete", args=[made.pk]))
    assert list(Conversation.objects.all()) == [other]
    assert list(Playlist.objects.all()) == [other.head]
    assert list(Picture.objects.all()) == [other.picture]


def test_a_list_at_work_is_not_deleted(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    TurnFactory(conversation=made, number=2, state="running")
    assert client.post(reverse("delete", args=[made.pk])).status_code == 409
    assert Conversation.objects.filter(pk=made.pk).exists()


def test_a_list_page_asks_the_database_a_bounded_number_of_times(
    client: Client, ada: User, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    made = conversation_of(ada, tracks=20)
    with django_assert_max_num_queries(26):  # type: ignore[attr-defined]
        assert client.get(reverse("conversation", args=[made.pk])).status_code == 200


def test_sample_files_are_all_there() -> None:
    folder = Path(__file__).parents[2] / "templates/static/samples"
    assert len(list(folder.glob("*.webp"))) == 12


def test_any_track_can_be_held_against_the_photo(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    near = TrackFactory(profile__valence=0.7, profile__arousal=0.3)
    far = TrackFactory(profile__valence=0.05, profile__arousal=0.95)
    scores = []
    for track in (near, far):
        answer = client.get(reverse("fit", args=[made.pk, track.pk]), headers=FRAGMENT).content.decode()
        assert "<html" not in answer
        scores.append(int(re.search(r"fits the photo (\d+) of 100", answer)[1]))  # type: ignore[index]
    assert scores[0] > scores[1]
    assert "Back to the list" in client.get(reverse("fit", args=[made.pk, near.pk])).content.decode()


def test_a_fit_is_refused_where_it_cannot_be_known_or_is_not_ones_own(client: Client, ada: User) -> None:
    made = conversation_of(ada)
    unheard = TrackFactory(profile=None, genre="")
    answer = client.get(reverse("fit", args=[made.pk, unheard.pk]), headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sound_unknown")
    wordy = ConversationFactory(owner=ada)
    answer = client.get(reverse("fit", args=[wordy.pk, TrackFactory().pk]), headers=JSON)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_photo")
    theirs = TrackFactory(owner=UserFactory())
    assert client.get(reverse("fit", args=[made.pk, theirs.pk])).status_code == 404
    stranger = Client()
    assert stranger.get(reverse("fit", args=[made.pk, TrackFactory().pk])).status_code == 404


def test_why_this_one_says_how_the_track_is_built_if_it_was_heard(client: Client, ada: User) -> None:
    talk = conversation_of(ada)
    first, second = AudioProfile.objects.order_by("pk")[:2]
    first.form = dump(Form(start=24.0, end=84.0, sections=(24.0, 50.0), build_up=(30.0, 41.0), drops=(41.0,)))
    first.harmony = dump(Harmony(outside=0.2, mixture=0.02, consonance=0.5, roughness=0.4, tension=0.3, changes=12.0))
    first.save()
    page = client.get(reverse("conversation", args=[talk.pk]), {"open": ""}).content.decode()
    assert page.count("Heard from") == 1
    assert "a build-up from 0:30 to 0:41, a drop at 0:41" in page
    assert "Many notes are outside its key; dissonant; tense; its chords change about 12 times a minute." in page
    assert second.form is None


def test_an_uploaded_song_is_told_with_its_form_and_harmony() -> None:
    heard = analyse_sound(Sound(channels=chord_song(seconds=20)[None], duration=20.0))
    told = describe(PoolReading(size=10, valence=(0.1, 0.5, 0.9), arousal=(0.1, 0.5, 0.9)), heard)
    assert "your song: 120 beats a minute, C major. Heard from 0:00 to 0:20: one section, even throughout." in told
    assert "Stays in its key" in told
