"""A list's title, made from what was seen or said: "Golden hour by the lake", "Stillness in the forest"."""

from __future__ import annotations

from core.schemas import Label, MusicBrief
from core.wording import Wording, headed
from recommender.models import Playlist
from recommender.perception.vocabulary import moods_near

LONGEST = 80

LIGHTS = {
    "sunset": "Golden hour",
    "night sky": "Starlight",
    "city night": "Neon night",
    "rain": "Rain",
    "fog": "Fog",
    "snow": "First snow",
    "storm": "Thunder",
    "sky": "Open sky",
    "celebration": "Celebration",
    "concert": "Front row",
    "danger": "Danger",
}
PLACES = {
    "beach": "by the sea",
    "sea": "on the water",
    "lake": "by the lake",
    "river": "by the river",
    "mountain": "in the mountains",
    "forest": "in the forest",
    "meadow": "in the meadow",
    "desert": "in the desert",
    "city": "in the city",
    "street": "down the street",
    "home": "at home",
    "cafe": "at the cafe",
    "interior": "in empty rooms",
    "industrial": "among the ruins",
    "sport": "on the field",
    "group": "among friends",
    "portrait": "face to face",
    "animal": "with an animal",
    "food": "at the table",
    "art": "in the gallery",
}
NOUNS = {
    "joyful": "Joy",
    "euphoric": "Euphoria",
    "excited": "Anticipation",
    "energetic": "Full of energy",
    "playful": "Play",
    "confident": "Swagger",
    "triumphant": "Triumph",
    "hopeful": "Hope",
    "romantic": "Romance",
    "tender": "Tenderness",
    "peaceful": "Stillness",
    "calm": "Calm",
    "dreamy": "Daydream",
    "spiritual": "Devotion",
    "wondrous": "Wonder",
    "nostalgic": "Nostalgia",
    "bittersweet": "Bittersweet",
    "pensive": "Lost in thought",
    "melancholic": "Melancholy",
    "sad": "Sorrow",
    "lonely": "Alone",
    "mysterious": "Mystery",
    "dark": "Darkness",
    "tense": "Suspense",
    "dramatic": "Drama",
    "fearful": "Dread",
    "angry": "Fury",
    "aggressive": "Full force",
    "disgusted": "Grit",
    "bored": "Idle hours",
}


TEXTS = MOOD_AND_PLACE, MOOD = "{what} {where}", "{what}"


def title_for(brief: MusicBrief) -> str:
    """In the language that is active. Words a person chose come first, else what ``wording_for`` makes."""
    wording = wording_for(brief)
    return _shortened(headed(str(wording) if wording else brief.words))


def wording_for(brief: MusicBrief) -> Wording | None:
    """The take's title, else light, mood and place as far as they were seen; None where a person's words are it."""
    if not brief.scenes and brief.words:
        return None
    if brief.direction and brief.direction.concept:
        return brief.direction.named
    scenes = sorted(_on(brief.scenes, brief), key=lambda label: -label.score)
    light = next((LIGHTS[scene.name] for scene in scenes if scene.name in LIGHTS), "")
    place = next((PLACES[scene.name] for scene in scenes if scene.name in PLACES), "")
    moods = sorted(_on(brief.moods, brief), key=lambda label: -label.score)
    mood = next((NOUNS[label.name] for label in moods if label.name in NOUNS), "")
    near = moods_near(brief.valence, brief.arousal)
    what = light or mood or NOUNS[max(near, key=near.__getitem__)]
    words = {"what": (what,), "where": (place,)} if place else {"what": (what,)}
    return Wording(text=MOOD_AND_PLACE if place else MOOD, words=words)


def made_by_rule(playlist: Playlist) -> bool:
    """Whether its title was made from its brief, and is not a person's own, nor their words."""
    if playlist.wording:
        return True
    wording = wording_for(playlist.music_brief)  # lists that are older than wordings are named in English
    return wording is not None and playlist.title == headed(wording.english)


def _on(labels: tuple[Label, ...], brief: MusicBrief) -> list[Label]:
    return [label for label in labels if label.score > 0 and f"{label.kind}:{label.name}" not in brief.switched_off]


def _shortened(text: str) -> str:
    """At most ``LONGEST`` characters, cut between words."""
    if len(text) <= LONGEST:
        return text
    return text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
