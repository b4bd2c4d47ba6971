"""What the tools take and give. The descriptions are read by language models: they say what a field is for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agents.conversations.turns import LONGEST_TEXT
from recommender.mapping import MOST_PHOTOS, MOST_TRACKS

MOST_SONGS = 2000

Share = Annotated[float, Field(ge=0, le=1)]


class Given(BaseModel):
    """A file: either where it lies on this computer, or its content."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(default="", description="Absolute path of the file. Only where the server runs over stdio.")
    base64: str = Field(default="", description="The file's bytes, base64.", repr=False)


class Song(BaseModel):
    """A song to be ranked. The more of it is known, the better; title and artist often are enough."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=300)
    artist: str = Field(default="", max_length=300)
    genre: str = Field(default="", max_length=120)
    valence: Share | None = Field(default=None, description="0 sad to 1 happy, as Spotify counts.")
    energy: Share | None = None
    danceability: Share | None = None
    acousticness: Share | None = None
    instrumentalness: Share | None = None
    tempo: float | None = Field(default=None, ge=20, le=300, description="Beats a minute.")


Picture = Annotated[Given, Field(description="A photo: JPEG, PNG, WebP, GIF, AVIF or HEIC.")]
Pictures = Annotated[list[Given], Field(max_length=MOST_PHOTOS, description="Photos that the music is for.")]
Sound = Annotated[Given, Field(description="A sound file: MP3, M4A, OGG, Opus, FLAC or WAV.")]
SongTitle = Annotated[str, Field(max_length=300, description="The song's title, for one that is known by name.")]
SongArtist = Annotated[str, Field(max_length=300)]
Wish = Annotated[
    str,
    Field(
        max_length=LONGEST_TEXT,
        description="What the music is for or should be like, in the person's own words and language.",
    ),
]
Count = Annotated[int, Field(ge=1, le=MOST_TRACKS, description="How many songs.")]
Together = Annotated[
    Literal["average", "journey", "chapters"],
    Field(
        description="How several photos become one list: their average, a way from first to last, or a part for each."
    ),
]
Songs = Annotated[list[Song], Field(min_length=1, max_length=MOST_SONGS)]


class Named(BaseModel):
    name: str
    score: float = Field(description="How sure, 0 to 1.")


class Concept(BaseModel):
    name: str
    p: float = Field(description="How likely the picture shows it, 0 to 1.")


class Colour(BaseModel):
    hex: str
    share: float


class PictureRead(BaseModel):
    """What is seen in a picture and how it feels."""

    valence: float = Field(description="0 unpleasant to 1 pleasant.")
    arousal: float = Field(description="0 calm to 1 excited.")
    moods: list[Named]
    scenes: list[Named]
    concepts: list[Concept]
    palette: list[Colour]
    tier: str
    confidence: float
    note: str = ""


class Track(BaseModel):
    rank: int
    title: str
    artist: str
    year: int | None
    styles: list[str]
    score: float = Field(description="How well it fits, 0 to 100.")
    reason: str = Field(description="Why it is in the list, in one true sentence.")
    links: dict[str, str] = Field(description="Where it can be found, by service.")


class Take(BaseModel):
    """One of several ways to hear the same picture."""

    name: str
    styles: list[str]
    why: str
    score: float = Field(description="Its chance of being the one that suits, 0 to 1.")


class MadeList(BaseModel):
    """A list of songs as it stands now."""

    list_id: str = Field(description="Give it to refine.")
    reply: str = Field(description="What was done, or why not, in a sentence.")
    seen: str = Field(description="What the photos show, in a phrase; empty without photos.")
    takes: list[Take] = Field(description="The ways to hear it; recommend again with take for another one.")
    tracks: list[Track]
    came: list[str] = Field(description="What this change brought: title and artist.")
    left: list[str] = Field(description="What this change took away.")
    unmet: list[str] = Field(description="What was asked for and could not be had. Tell the person.")


class Part(BaseModel):
    name: str
    value: float
    weight: float


class Fit(BaseModel):
    """How well a picture and a song fit."""

    score: float = Field(description="0 to 100: of so many of 100 random pairs, this one fits better.")
    parts: list[Part]
    reasons: list[str]


class RankedSong(BaseModel):
    title: str
    artist: str
    score: float
    known: str | None = Field(description="By what it was judged: the song, its artist or its genre; null: nothing.")


class Ranking(BaseModel):
    songs: list[RankedSong] = Field(description="All songs that were given, best first.")


class KnownFrom(BaseModel):
    service: str
    id: str
    url: str


class FoundSong(BaseModel):
    title: str
    artist: str
    album: str
    year: int | None
    isrc: str
    known_from: list[KnownFrom]


class Section(BaseModel):
    service: str
    title: str
    credits: list[str] = Field(description="Words to show beside the results.")
    tracks: list[FoundSong]


class Asked(BaseModel):
    title: str
    found: int
    error: str


class Found(BaseModel):
    sections: list[Section]
    services: list[Asked] = Field(description="Who was asked; error says why one gave nothing.")
