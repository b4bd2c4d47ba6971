"""What a new user said in the review, phrase by phrase, each with what should come of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.board import Board, Order
from agents.conversations.in_memory import Said, Talk
from agents.coordination import STRATEGIES
from agents.coordination.base import Stage, Unwatched, act_here
from agents.roles import team
from core.schemas import ScoredTrack
from recommender.models import Track
from tests.factories import TrackFactory

pytestmark = pytest.mark.django_db


def work(order: Order) -> Board:
    return STRATEGIES["hierarchical"](team(), Board(order=order), Stage(listener=Unwatched(), perform=act_here))


def ids(said: Said) -> list[int]:
    return [track.track_id for track in said.tracks]


@pytest.fixture
def songs() -> None:
    """Songs all over the plane: every third one jazz, every fourth instrumental, half of the 90s, some in Spanish."""
    for row in range(7):
        for column in range(7):
            number = row * 7 + column
            TrackFactory(
                title=f"Song {number}",
                genre="jazz" if number % 3 == 0 else "rock",
                year=1990 + number % 10 if number % 2 else 1970,
                language="spanish" if number % 5 == 0 else "english",
                duration=0.0 if number % 6 == 0 else 200.0,
                profile__genres={"jazz" if number % 3 == 0 else "rock": 1.0},
                profile__valence=0.08 + row * 0.14,
                profile__arousal=0.08 + column * 0.14,
                profile__energy=0.08 + column * 0.14,
                profile__tempo=70 + 12 * column + row,
                profile__instrumentalness=0.9 if number % 4 == 0 else 0.05,
            )


@pytest.fixture
def talk(songs: None) -> Talk:
    talk = Talk(start=Order(), work=work)
    begun = talk.say("a calm evening by the lake")
    assert len(begun.tracks) == 12
    return talk


def tracks_of(said: Said) -> list[Track]:
    return [Track.objects.select_related("profile").get(pk=one) for one in ids(said)]


def shown(talk: Talk) -> list[ScoredTrack]:
    return list(talk.situation().shown)


@pytest.mark.parametrize(
    "text",
    [
        "keep the first three and replace the rest",
        "keep the first three, change the others",
        "replace everything except the first three",
        "garde les trois premiers et remplace le reste",
        "behalte die ersten drei und ersetze den Rest",
        "quédate con las tres primeras y cambia el resto",
        "tieni le prime tre e sostituisci le altre",
        "mantém as três primeiras e troca o resto",
    ],
)
def test_what_is_kept_stays_and_the_rest_is_replaced(talk: Talk, text: str) -> None:
    before = [track.track_id for track in shown(talk)]
    after = ids(talk.say(text))
    assert after[:3] == before[:3]
    assert len(after) == 12 and not set(after[3:]) & set(before)


def test_only_the_nineties(talk: Talk) -> None:
    said = talk.say("only 90s")
    assert said.tracks and all(1990 <= (track.year or 0) <= 1999 for track in tracks_of(said))


def test_a_decade_that_is_not_here_leaves_the_list_and_names_it(talk: Talk) -> None:
    before = ids(talk.say("a bit calmer"))
    said = talk.say("only 50s")
    assert ids(said) == before
    assert "No track here is from the 50s, so I left your list as it was." in said.reply
    assert "The nearest is from 1970." in said.reply


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("something by Radiohead", "so I left your list as it was"),
        ("algo de Radiohead", "así que he dejado tu lista como estaba"),
        ("in French", "so I left your list as it was"),
        ("only reggaeton", "so I left your list as it was"),
    ],
)
def test_what_is_not_here_leaves_the_list_and_undo_still_undoes(talk: Talk, text: str, words: str) -> None:
    first = [track.track_id for track in shown(talk)]
    changed = ids(talk.say("a bit livelier"))
    said = talk.say(text)
    assert ids(said) == changed and words in said.reply
    assert ids(talk.say("undo")) == first


def test_a_language_that_is_here(talk: Talk) -> None:
    said = talk.say("in Spanish")
    assert said.tracks and all(track.language == "spanish" for track in tracks_of(said))


def test_twenty_minutes_are_filled_whatever_is_known_of_lengths(talk: Talk) -> None:
    said = talk.say("make it 20 minutes")
    total = sum(track.duration or 210 for track in tracks_of(said)) / 60
    assert 18 <= total <= 22 and "could be filled" not in said.reply


def test_short_tracks_fill_twenty_minutes(talk: Talk) -> None:
    Track.objects.update(duration=60.0)
    said = talk.say("make it 20 minutes")
    assert 19 <= len(said.tracks) <= 21


@pytest.mark.parametrize(
    "text", ["play jazz", "only jazz", "jazz please", "nur Jazz", "solo jazz", "seulement du jazz"]
)
def test_a_style_asked_for_is_every_track(talk: Talk, text: str) -> None:
    said = talk.say(text)
    assert said.tracks and all(track.genre == "jazz" for track in tracks_of(said))


def test_more_of_a_style_is_a_wish(talk: Talk) -> None:
    reading = talk.say("more jazz")
    assert any(track.genre == "jazz" for track in tracks_of(reading))
    version = talk.shown
    assert version and not version.brief.limits.genres and version.brief.genres[0].name == "jazz"


def test_instrumental_already(talk: Talk) -> None:
    instrumental = talk.say("no vocals")
    again = talk.say("ohne Gesang")
    assert ids(again) == ids(instrumental)
    assert again.reply == f"Alle {len(again.tracks)} sind schon so: instrumental."
    assert talk.say("no vocals").reply == f"All {len(again.tracks)} are already instrumental."


@pytest.mark.parametrize(
    ("text", "axis", "sign"),
    [
        ("a bit calmer", "arousal", -1),
        ("a bit calmner", "arousal", -1),
        ("etwas fröhlicher bitte", "valence", 1),
        ("mach es ruhiger", "arousal", -1),
        ("más tranquilo", "arousal", -1),
        ("un peu plus joyeux", "valence", 1),
        ("più tranquillo", "arousal", -1),
        ("um pouco mais alegre", "valence", 1),
    ],
)
def test_a_comparative_moves_the_brief_its_way(talk: Talk, text: str, axis: str, sign: int) -> None:
    talk.say("a medium mood, neither calm nor lively")
    before = getattr(talk.situation().brief, axis)
    said = talk.say(text)
    assert sign * (getattr(said.brief, axis) - before) > 0.02
    assert said.intent == "refine"


def test_an_evening_in_german_is_calm(songs: None) -> None:
    said = Talk(start=Order(), work=work).say("ein ruhiger Abend am See")
    assert said.intent == "describe" and said.brief and said.brief.valence > 0.6 and said.brief.arousal < 0.35


@pytest.mark.parametrize(
    ("text", "intent", "words"),
    [
        ("you are an idiot", "complaint", "What is off?"),
        ("this is terrible", "complaint", "What is off?"),
        ("das ist furchtbar", "complaint", "Was stimmt nicht?"),
        ("thanks, I love it", "thanks", "Glad you like it"),
        ("gracias, me encanta", "thanks", "Me alegra que te guste"),
        ("who are you?", "smalltalk", "I am Dylumo"),
        ("wer bist du?", "smalltalk", "Ich bin Dylumo"),
        ("explain the list", "explain", "tracks are to be"),
    ],
)
def test_talk_changes_no_music(talk: Talk, text: str, intent: str, words: str) -> None:
    before = [track.track_id for track in shown(talk)]
    said = talk.say(text)
    assert (said.intent, ids(said)) == (intent, before)
    assert words in said.reply


@pytest.mark.parametrize(
    "text", ["put the last one first", "pon la última al principio", "stell das letzte an den Anfang"]
)
def test_reordering_moves_just_that(talk: Talk, text: str) -> None:
    before = [track.track_id for track in shown(talk)]
    said = talk.say(text)
    assert ids(said) == [before[-1], *before[:-1]] and said.intent == "reorder"


def test_a_track_goes_by_part_of_its_name(talk: Talk) -> None:
    Track.objects.filter(pk=shown(talk)[6].track_id).update(title="Wild Goose Chase")
    version = talk.versions[-1]
    tracks = tuple(
        replace(track, title="Wild Goose Chase") if place == 6 else track
        for place, track in enumerate(version.ranked.tracks)
    )
    talk.versions[-1] = replace(version, ranked=replace(version.ranked, tracks=tracks))
    before = [track.track_id for track in shown(talk)]
    said = talk.say("without the goose one")
    assert ids(said) == [*before[:6], *before[7:]]


def test_a_mixed_sentence_does_all_its_parts(talk: Talk) -> None:
    fourth = shown(talk)[3].track_id
    point = talk.situation().brief
    said = talk.say("a bit faster but not too happy, and drop number 4")
    brief = talk.situation().brief
    assert point and brief and fourth not in ids(said) and len(said.tracks) == 11
    assert brief.features["tempo"][0] > 70 and brief.valence < point.valence


@pytest.mark.parametrize("text", ["add a song with guitar", "füge ein Lied mit Gitarre hinzu", "one more song please"])
def test_add_adds_one_and_moves_nothing(talk: Talk, text: str) -> None:
    before = [track.track_id for track in shown(talk)]
    said = talk.say(text)
    assert ids(said)[:-1] == before and len(said.came) == 1 and said.intent == "add"


@pytest.mark.parametrize(
    ("text", "gone", "length"),
    [("remove the first one", 0, 11), ("swap number 4", 3, 12), ("quita la segunda canción", 1, 11)],
)
def test_one_track_goes(talk: Talk, text: str, gone: int, length: int) -> None:
    before = [track.track_id for track in shown(talk)]
    said = talk.say(text)
    assert before[gone] not in ids(said) and len(said.tracks) == length
    assert [one for one in ids(said) if one in before] == [one for one in before if one != before[gone]]


def test_a_length_keeps_the_best_and_nothing_moves(talk: Talk) -> None:
    before = [track.track_id for track in shown(talk)]
    said = talk.say("make it 5 songs")
    assert len(said.tracks) == 5 and ids(said) == [one for one in before if one in ids(said)]


def test_slower_than_ninety(talk: Talk) -> None:
    said = talk.say("slower than 90 bpm")
    assert said.tracks and all(track.profile.tempo <= 90 for track in tracks_of(said))


def test_surprise_me_brings_others(talk: Talk) -> None:
    assert len(talk.say("surprise me").came) == 12


def test_nothing_known_at_the_start_gives_a_list_and_says_so(songs: None) -> None:
    said = Talk(start=Order(), work=work).say("something by Radiohead")
    assert said.tracks and "No Radiohead in this library, so this list goes without that." in said.reply


def test_a_limit_is_let_go_in_words(talk: Talk) -> None:
    talk.say("only jazz")
    talk.say("any style is fine")
    version = talk.shown
    assert version and not version.brief.limits.genres


def test_the_very_first_list_comes_back_however_much_was_changed(talk: Talk) -> None:
    first = ids(talk.say("replace the last two"))
    talk.say("undo")
    begun = talk.versions[0]
    for text in ("replace the last two", "swap 1 and 2", "drop number 3"):
        talk.say(text)
    back = talk.say("no, go back to the very first list")
    assert ids(back) == [track.track_id for track in begun.ranked.tracks] != first
    assert back.reply == "Back to version 1 of the list."


def test_the_rest_is_what_the_sentence_before_did_not_keep(talk: Talk) -> None:
    begun = ids(talk.say("keep 1 and 2"))
    after = ids(talk.say("replace everything else"))
    assert after[:2] == begun[:2] and not set(after[2:]) & set(begun[2:])


def test_it_is_the_track_that_was_asked_about(talk: Talk) -> None:
    begun = ids(talk.say("why is number 3 here?"))
    assert ids(talk.say("drop it")) == [one for place, one in enumerate(begun, 1) if place != 3]
