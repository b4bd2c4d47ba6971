"""The interface in six languages: whole catalogues, pages without left-over English, the switch in the footer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from accounts.models import User
from agents.conversations import refreshes, run_turn, turns
from agents.conversations.chips import bare_thing
from agents.conversations.page import SUGGESTIONS
from agents.models import Conversation, Turn
from core.schemas import ImageReading, Label
from core.wording import TEXT
from dylumo_site import catalogues
from recommender.mapping import takes
from recommender.music.occasions import in_words, occasions
from recommender.music.styles import styles
from recommender.perception.images import captions
from recommender.playlists import titles
from tests.agents.fakes import team_seeing
from tests.agents.test_replies import shape
from tests.agents.test_views import conversation_of, photo
from tests.factories import ReactionFactory, TrackFactory, UserFactory

LANGUAGES = catalogues.languages()
ENGLISH_GRAMMAR = ("{other}",)
"""Holes for words that other languages do without."""
HOLES = re.compile(r"%\(\w+\)s|{\w*}|<[^>]*>")


MEASURED = ("brightness", "colourfulness", "warmth", "complexity", "emptiness", "contrast", "sharpness")


@pytest.fixture(autouse=True)
def english_after() -> Iterator[None]:
    """A request leaves its language to whatever runs after it in this thread."""
    with override(settings.LANGUAGE_CODE):
        yield


@pytest.fixture(scope="module")
def said() -> dict[catalogues.Message, None]:
    return catalogues.messages()


@cache
def translations(language: str) -> dict[catalogues.Message, tuple[str, ...]]:
    kept = {}
    for entry in catalogues.catalogue(language):
        if entry.id:
            assert not entry.fuzzy, (language, entry.id)
            kept[(entry.context, entry.id)] = entry.string if isinstance(entry.string, tuple) else (entry.string,)
    return kept


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_translates_what_is_said_and_nothing_else(
    language: str, said: dict[catalogues.Message, None]
) -> None:
    kept = translations(language)
    assert set(kept) == set(said), "run: manage.py catalogues"
    assert not [one for one, forms in kept.items() if not all(forms)]
    assert all(
        len(forms) == (len(message) if isinstance(message, tuple) else 1) for (_, message), forms in kept.items()
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_holes_and_the_markup_of_its_sentence(language: str) -> None:
    for (_context, message), forms in translations(language).items():
        ids = message if isinstance(message, tuple) else (message,)
        for sentence, form in zip(ids, forms, strict=True):
            ours, theirs = sorted(HOLES.findall(sentence)), sorted(HOLES.findall(form))
            assert theirs == ours or theirs == [hole for hole in ours if hole not in ENGLISH_GRAMMAR], (language, form)
            assert '"' not in HOLES.sub("", form) or '"' in HOLES.sub("", sentence), f"would end an attribute: {form}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_is_that_of_its_source(language: str) -> None:
    compiled = catalogues.path_of(language).with_suffix(".mo").read_bytes()
    assert compiled == catalogues.compiled(catalogues.catalogue(language)), "run: manage.py catalogues"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_composer_offers_and_the_calendar_asks_is_understood(language: str) -> None:
    with override(language):
        offered = {text: str(gettext(text)) for text in (*(text for text, _fits in SUGGESTIONS), refreshes.WISH)}
    wrong = {}
    for text, told in offered.items():
        (*meant, moves), (*understood, moved) = shape(text), shape(told)
        if meant != understood or not moved <= moves or bool(moved) != bool(moves):
            wrong[text] = told
    assert not wrong, wrong


@pytest.mark.parametrize(
    ("language", "beach", "forest", "school"),
    [
        ("en", "beach", "forest", "school"),
        ("de", "Strand", "Wald", "Schule"),
        ("fr", "plage", "forêt", "école"),
        ("it", "spiaggia", "bosco", "scuola"),
        ("pt", "praia", "floresta", "escola"),
    ],
)
def test_a_chip_calls_a_thing_without_its_article(language: str, beach: str, forest: str, school: str) -> None:
    with override(language):
        assert [bare_thing(thing) for thing in ("the beach", "the forest", "school")] == [beach, forest, school]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_of_a_take_and_every_caption_is_translated(language: str) -> None:
    kept = translations(language)
    names = [one.title for known in occasions().values() for one in known.directions]
    assert all(kept[TEXT, name][0] for name in (*names, *takes.TITLES, *titles.TEXTS, *captions.TEXTS))
    assert all(kept["things", captions.CONCEPT_WORDS[concept]][0] for concept in captions.CONCEPT_WORDS)


@settings_of_hypothesis(max_examples=40, deadline=None)
@given(
    seen=st.lists(st.sampled_from(sorted(captions.CONCEPT_WORDS)), max_size=3, unique=True),
    heard=st.lists(st.sampled_from(sorted(styles())), max_size=3, unique=True),
    asked=st.sets(st.sampled_from(sorted(styles())), max_size=2),
    measured=st.fixed_dictionaries(dict.fromkeys(MEASURED, st.floats(0, 1))),
    mood=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_whatever_is_seen_is_told_in_every_language(
    seen: list[str], heard: list[str], asked: set[str], measured: dict[str, float], mood: tuple[float, float]
) -> None:
    concepts = [Label(name=name, score=0.9 - 0.2 * place, kind="concept") for place, name in enumerate(seen)]
    loud = [Label(name=name, score=0.6, kind="style") for name in heard]
    made = takes.takes_for(concepts, *mood, asked, loud)
    caption = captions.caption_of_concepts(measured, seen)
    reading = ImageReading(valence=0.5, arousal=0.5, phrase=caption.english, captions=(caption,))
    assert [take.called for take in made] == [take.title for take in made]
    assert in_words(reading) == caption.english == str(caption)
    for language in LANGUAGES:
        kept = translations(language)
        with override(language):
            assert in_words(reading) == str(caption)
            for wording in (caption, *(take.named for take in made)):
                told = kept[TEXT, wording.text][0]
                assert all(told.count(f"{{{hole}}}") == 1 for hole in wording.words)
                for hole, words in wording.words.items():
                    forms = [kept.get((hole, word)) or kept[None, word] for word in words]
                    assert all(form in str(wording) for (form,) in forms)


class Texts(HTMLParser):
    """Everything on a page that somebody reads or hears."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.numbers: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.found.add(" ".join(data.split()))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("aria-label", "title", "placeholder", "alt", "data-sure", "label"):
                self.found.add(value or "")
            elif name in ("cx", "cy", "x", "y", "width", "value", "min", "max", "step", "data-duration", "transform"):
                self.numbers += re.findall(r"\d,\d", value or "")


@pytest.fixture
def ada(client: Client) -> User:
    person: User = UserFactory()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return person


@pytest.fixture
def made(client: Client, ada: User) -> Conversation:
    found = conversation_of(ada, tracks=4)
    client.post(reverse("share", args=[found.pk]))
    found.refresh_from_db()
    ReactionFactory(owner=ada, track=found.head.items.first().track)
    return found


@pytest.mark.django_db
def test_no_english_is_left_on_a_german_page(client: Client, made: Conversation) -> None:
    same = {message for (_, message), forms in translations("de").items() if forms[0] == message}
    known = {message for _, message in translations("de") if isinstance(message, str)} - same
    addresses = [
        *map(reverse, ("home", "lists", "taste", "library", "search", "connections", "my_data")),
        *map(reverse, ("offline", "usersessions_list")),
        reverse("conversation", args=[made.pk]),
        *(reverse(name, args=[made.share_token]) for name in ("shared", "embed")),
        reverse("give", args=[made.head_id]),
        "/nothing-here/",
    ]
    left = {}
    for address in addresses:
        page = client.get(address, headers={"accept-language": "de"}).content.decode()
        read = Texts(page)
        assert '<html lang="de"' in page and not read.numbers, (address, read.numbers)
        if english := read.found & known:
            left[address] = english
    assert not left, left


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_browser_is_answered_in_its_language_and_all_others_in_english(client: Client, language: str) -> None:
    with override(language):
        title = gettext("Your photo has a sound.")
    told = client.get("/", headers={"accept-language": f"{language}-XX,{language};q=0.9,en;q=0.5"})
    assert title in told.content.decode().replace("&#x27;", "'")
    assert {"Accept-Language", "Cookie"} <= set(re.split(r",\s*", told["Vary"]))
    assert "Your photo has a sound." in client.get("/", headers={"accept-language": "nl"}).content.decode()
    assert "Your photo has a sound." in client.get("/").content.decode()


@pytest.mark.django_db
def test_an_error_is_told_in_the_language_of_the_page_and_programs_hear_english(client: Client) -> None:
    german = {"accept-language": "de", "accept": "application/json"}
    told = client.post(reverse("start"), headers=german).json()["error"]
    assert told["message"].startswith("Es gibt weder ein Foto") and told["code"] == "nothing_asked"
    refused = client.post("/api/v1/conversations/", headers=german)
    assert refused.json()["error"]["message"].startswith("There is no photo")


@pytest.mark.django_db
def test_a_guest_chooses_a_language_at_the_foot_of_a_page_and_it_stays() -> None:
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    page = client.get("/search/").content.decode()
    assert re.search(r'<button name="language" value="fr" lang="fr" >Français</button>', page)
    token = client.cookies["csrftoken"].value
    assert client.post("/language/", {"language": "fr"}).status_code == 403
    answer = client.post("/language/", {"language": "fr", "next": "/search/", "csrfmiddlewaretoken": token})
    assert (answer.status_code, answer["Location"]) == (302, "/search/")
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie["max-age"] == settings.LANGUAGE_COOKIE_AGE and cookie["httponly"] and cookie["samesite"] == "Lax"
    for address in ("/search/", "/"):
        assert '<html lang="fr"' in client.get(address).content.decode()
    assert '"Recherche"' not in client.get("/app.webmanifest").content.decode()
    assert "Tes listes" in client.get("/app.webmanifest").json()["shortcuts"][0]["name"]


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["xx", "", "../../etc", "de\0", "<script>"])
def test_a_wrong_language_changes_nothing(client: Client, code: str) -> None:
    assert client.post("/language/", {"language": code, "next": "/"}).status_code in (204, 302)
    assert '<html lang="en"' in client.get("/").content.decode()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "tlh"
    assert '<html lang="en"' in client.get("/").content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_the_switch_leads_nowhere_else(client: Client, away: str) -> None:
    answer = client.post("/language/", {"language": "de", "next": away}, headers={"referer": "https://evil.example/x"})
    assert answer["Location"] == "/"


@pytest.mark.django_db
def test_another_language_is_another_shell(client: Client) -> None:
    def version(language: str) -> str:
        return client.get("/sw.js", headers={"accept-language": language}).content.decode().split("shell-")[1][:24]

    assert version("de") != version("en") == version("en")


@pytest.mark.django_db
def test_a_turn_remembers_the_language_it_was_asked_in(client: Client, made: Conversation) -> None:
    made.turns.all().delete()
    client.post(reverse("say", args=[made.pk]), {"text": "Radiohead"}, headers={"accept-language": "it"})
    assert made.turns.get().language == "it"


BEACH = captions.caption_of_concepts(dict.fromkeys(MEASURED, 0.5) | {"warmth": 0.8}, ["beach", "sunset"])
SEEN = ImageReading(
    valence=0.8,
    arousal=0.5,
    concepts=(Label(name="beach", score=0.9, kind="concept"),),
    moods=(Label(name="joyful", score=0.8),),
    phrase=BEACH.english,
    captions=(BEACH,),
    confidence=0.7,
)


@pytest.fixture
def german(client: Client, monkeypatch: pytest.MonkeyPatch) -> Conversation:
    """What a newcomer with a German browser gets for a photo of a beach."""
    monkeypatch.setattr("agents.conversations.turns.enqueue", lambda turn_id: None)
    monkeypatch.setattr(run_turn, "team", lambda: team_seeing(SEEN))
    for place in range(14):
        TrackFactory(profile__valence=0.4 + 0.04 * place, profile__arousal=0.5)
    client.post(reverse("start"), {"picture": photo()}, headers={"accept-language": "de"})
    turn = turns.claim(str(Turn.objects.get().pk))
    assert turn is not None
    run_turn.run_turn(turn)
    return Conversation.objects.get()


def shown(client: Client, address: str, language: str) -> set[str]:
    return Texts(client.get(address, headers={"accept-language": language}).content.decode()).found


TOLD = {
    "de": {"Luftiger Surf-Pop", "Ein Strand und ein Sonnenuntergang, warmes Licht"},
    "es": {"Surf pop con brisa", "Una playa y un atardecer, luz cálida"},
    "fr": {"Surf pop dans la brise", "Une plage et un coucher de soleil, lumière chaude"},
    "it": {"Surf pop nella brezza", "Una spiaggia e un tramonto, luce calda"},
    "pt": {"Surf pop com brisa", "Uma praia e um pôr do sol, luz quente"},
    "en": {"Breezy surf pop", "A beach and a sunset, in warm light"},
}


@pytest.mark.django_db(transaction=True)
def test_a_newcomer_reads_names_captions_and_what_the_agents_did_in_their_language(
    client: Client, german: Conversation
) -> None:
    page = shown(client, reverse("conversation", args=[german.pk]) + "?open", "de")
    assert TOLD["de"] <= page and "Roots Reggae am Strand" in page
    told = {step["summary"] for step in german.turns.get().steps["agents"].values()}
    assert told <= page
    assert "Vermutlich ein Strand; Stimmung: fröhlich" in told
    assert any(one.startswith("Thema: der Strand – „Luftiger Surf-Pop“; ") for one in told)
    assert any(one.startswith("12 Titel gewählt; „") for one in told) and "14 Titel zur Auswahl" in "".join(told)
    assert german.title == "Luftiger Surf-Pop" and german.head and german.head.title == german.title


@pytest.mark.django_db(transaction=True)
def test_what_is_kept_as_words_follows_the_reader_and_a_name_of_ones_own_stays(
    client: Client, german: Conversation
) -> None:
    client.post(reverse("share", args=[german.pk]))
    german.refresh_from_db()
    addresses = [reverse("conversation", args=[german.pk]), reverse("shared", args=[german.share_token])]
    for language, told in TOLD.items():
        assert all(told <= shown(client, address, language) for address in addresses), language
        name = next(one for one in told if "," not in one)
        assert name in shown(client, reverse("lists"), language)
        assert name in shown(Client(), reverse("embed", args=[german.share_token]), language)
    client.post(reverse("rename", args=[german.pk]), {"title": "Cosmic disco"})
    german.refresh_from_db()
    for language in TOLD:
        with override(language):
            assert german.called == "Cosmic disco"
        assert "Cosmic disco" in shown(Client(), addresses[1], language)


@pytest.mark.django_db(transaction=True)
def test_another_take_is_named_in_the_readers_language_also_in_a_list_from_before_there_were_wordings(
    client: Client, german: Conversation
) -> None:
    assert german.head is not None
    german.head.title, german.head.wording = "Breezy surf pop", None
    german.head.save()
    client.post(reverse("take", args=[german.pk]), {"take": "2"}, headers={"accept-language": "fr"})
    german.refresh_from_db()
    assert german.head is not None and german.head.title == "Roots reggae au rivage"
    with override("it"):
        assert german.head.called == "Roots reggae in riva"
