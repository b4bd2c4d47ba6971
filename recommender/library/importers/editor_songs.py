"""The editor's songs into the shared catalogue, and what the editor knows onto every other track.

Both are set-based: the songs are there in under two seconds on a first start, 70,000 other tracks are annotated in
seconds. Repeating either changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from recommender.library.genres import genres_of
from recommender.library.importers.tables import staging
from recommender.library.importers.tables.rows import TableRow
from recommender.models import Annotation, AudioProfile, Track
from recommender.music import songs as known
from recommender.music.songs import Song, song_key
from recommender.music.styles import styles

SERVICE = "editor"
"""The link by which a song is found again when the file changes."""
SONG_CONFIDENCE, ARTIST_CONFIDENCE, GENRE_CONFIDENCE = 0.8, 0.5, 0.3
BY_STYLE = 0.6
"""How far an artist's usual style tells the valence and arousal of a song nobody judged."""
ARTISTS_SHARE = 0.75
"""How well known any song of an artist is, against the artist."""
QUIET, LOUD = -22.0, -4.0
"""LUFS of the calmest and the most energetic songs; between them loudness goes with energy (r .76 in the public
table)."""
COLUMNS = {
    "track_id": "int8",
    "styles": "text[]",
    "themes": "text[]",
    "moods": "text[]",
    "vocals": "text",
    "fame": "float8",
    "valence": "float8",
    "arousal": "float8",
    "provenance": "text",
    "confidence": "float8",
    "version": "text",
}


def load_songs() -> dict[str, int]:
    """Bring the catalogue in line with songs.csv: how many were ``added``, ``updated``, ``unchanged``."""
    if Annotation.objects.filter(track__source=Track.Source.EDITOR, version=known.version()).exists():
        return {"added": 0, "updated": 0, "unchanged": len(known.songs())}
    rows = [_row(line, song) for line, song in enumerate(known.songs(), 1)]
    with staging.staged(), transaction.atomic():
        staging.stage(rows)
        counts = staging.upsert(
            None,
            source=Track.Source.EDITOR,
            provenance=AudioProfile.Provenance.EDITOR,
            confidence=SONG_CONFIDENCE,
        )
        _write(_annotations(Track.objects.filter(source=Track.Source.EDITOR)))
    staging.analyse()
    return counts


def annotate(tracks: Track.TrackQueries | None = None) -> int:
    """Styles, themes, moods and fame for the tracks that have none, or those of an older version: by the song, else by
    its artist, else by its genre, which does not replace what a language model told. Returns how many were
    annotated."""
    stale = Q(annotation__isnull=True) | ~Q(annotation__version=known.version())
    chosen = (Track.objects.all() if tracks is None else tracks).filter(stale)
    return _write(_annotations(chosen))


def _row(line: int, song: Song) -> TableRow:
    features: dict[str, float | None] = {
        "valence": song.valence,
        "energy": song.energy,
        "danceability": song.danceability,
        "acousticness": song.acousticness,
        "instrumentalness": 0.9 if song.vocals == "none" else 0.02,
        "speechiness": 0.25 if _raps(song) else 0.05,
        "liveness": None,
        "tempo": song.tempo,
        "loudness": QUIET + (LOUD - QUIET) * song.energy,
    }
    return TableRow(
        line=line,
        service=SERVICE,
        external_id=" | ".join(song.key)[:200],
        url="",
        title=song.title,
        artist=song.artist,
        album="",
        genre=", ".join(song.styles),
        genres=genres_of(", ".join(song.styles)),
        moods=song.moods,
        year=song.year,
        duration=0.0,
        isrc="",
        explicit=song.explicit,
        live=None,
        language=song.language,
        popularity=fame(song.fame),
        features=features,
        key=None,
        mode=None,
        time_signature=None,
        arousal=song.arousal,
    )


def _raps(song: Song) -> bool:
    return bool(song.styles) and song.styles[0] in styles() and styles()[song.styles[0]].family == "hip-hop"


def fame(grade: int) -> float:
    """An editor's 1 to 5 as 0..1."""
    return (grade - 1) / 4


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known of a recording: by its ``song`` where that is known itself. ``fame`` 0..1."""

    styles: tuple[str, ...]
    provenance: Annotation.Provenance
    confidence: float
    themes: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    vocals: str = ""
    language: str = ""
    fame: float | None = None
    song: Song | None = None

    def affect(self) -> tuple[float, float] | None:
        """Valence and arousal, 0..1: the song's own, else those of the styles its artist plays, drawn half-way to the
        middle; None where no style is known."""
        if self.song is not None:
            return self.song.valence, self.song.arousal
        usual = [styles()[one] for one in self.styles if one in styles()]
        if not usual:
            return None
        valence = sum(one.valence for one in usual) / len(usual)
        arousal = sum(one.arousal for one in usual) / len(usual)
        return 0.5 + BY_STYLE * (valence - 0.5), 0.5 + BY_STYLE * (arousal - 0.5)


def known_of(title: str, artist: str, genre: str) -> Known | None:
    """What is known of a recording by its song, else by its artist, else by its genre; None where nothing is."""
    key = song_key(title, artist)
    if song := known.by_key().get(key):
        return Known(
            styles=song.styles,
            provenance=Annotation.Provenance.SONG,
            confidence=SONG_CONFIDENCE,
            themes=song.themes,
            moods=song.moods,
            vocals=song.vocals,
            language=song.language,
            fame=fame(song.fame),
            song=song,
        )
    if by := known.artists().get(key[1]):
        return Known(
            styles=by.styles,
            provenance=Annotation.Provenance.ARTIST,
            confidence=ARTIST_CONFIDENCE,
            moods=by.moods,
            language=by.language,
            fame=ARTISTS_SHARE * fame(by.fame),
        )
    if found := styles_of_genre(genre):
        return Known(styles=tuple(found), provenance=Annotation.Provenance.GENRE, confidence=GENRE_CONFIDENCE)
    return None


def _annotations(tracks: Track.TrackQueries) -> Iterator[tuple[Any, ...]]:
    version = known.version()
    columns = ("pk", "title", "artist", "genre", "annotation__provenance")
    for pk, title, artist, genre, before in tracks.order_by().values_list(*columns):
        told = known_of(title, artist, genre)
        by_genre = told is not None and told.provenance == Annotation.Provenance.GENRE
        if told and not (by_genre and before == Annotation.Provenance.LLM):
            yield (
                pk,
                list(told.styles),
                list(told.themes),
                list(told.moods),
                told.vocals,
                told.fame,
                told.song.valence if told.song else None,
                told.song.arousal if told.song else None,
                told.provenance.value,
                told.confidence,
                version,
            )


def styles_of_genre(genre: str) -> list[str]:
    """The editor's styles named in a table's genre field, at most three."""
    parts = [part.strip().casefold().replace("_", " ") for part in genre.replace("/", ",").split(",")]
    found = [
        name for part in parts for name in (part, part.replace("-", " "), GENRES.get(part, "")) if name in styles()
    ]
    return list(dict.fromkeys(found))[:3]


GENRES = {
    "hip hop": "hip-hop",
    "rap": "hip-hop",
    "r&b": "contemporary r&b",
    "rnb": "contemporary r&b",
    "r n b": "contemporary r&b",
    "rock": "classic rock",
    "latin": "latin pop",
    "classical": "romantic orchestral",
    "jazz": "cool jazz",
    "blues": "electric blues",
    "folk": "traditional folk",
    "metal": "heavy metal",
    "punk": "punk rock",
    "alternative": "alternative rock",
    "indie": "indie rock",
    "electronic": "electro",
    "dance": "dance-pop",
    "soundtrack": "film score",
    "world": "african acoustic",
    "singer songwriter": "singer-songwriter",
    "brazil": "mpb",
    "bossanova": "bossa nova",
    "piano": "modern classical",
    "drum n bass": "drum and bass",
    "drum-and-bass": "drum and bass",
    "sleep": "ambient",
    "study": "lo-fi hip-hop",
    "hardcore": "hardcore punk",
    "show tunes": "musical theatre",
    "disney": "film song",
    "children": "children's songs",
    "kids": "children's songs",
    "edm": "edm",
    "metalcore": "metalcore",
    "goth": "gothic rock",
    "spanish": "spanish pop",
    "french": "french pop",
    "german": "german pop",
    "turkish": "turkish pop",
    "indian": "indian pop",
    "iranian": "persian",
    "sertanejo": "forro",
    "pagode": "samba",
    "chill": "downtempo",
    "new-age": "new age",
    "acoustic": "acoustic pop",
    "opera": "opera",
}
"""What tables call a genre, where the editor's word is another."""


def _write(annotations: Iterator[tuple[Any, ...]]) -> int:
    rows = list(annotations)  # read to the end first: the copy needs the connection for itself
    names = ", ".join(COLUMNS)
    updates = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "track_id")
    with transaction.atomic(), connection.cursor() as cursor:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        cursor.execute(f"CREATE TEMP TABLE staging_annotations ({columns}) ON COMMIT DROP")
        with cursor.copy(f"COPY staging_annotations ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f"""INSERT INTO recommender_annotation ({names}) SELECT {names} FROM staging_annotations
                ON CONFLICT (track_id) DO UPDATE SET {updates}"""
        )
        written = int(cursor.rowcount)
        cursor.execute("DROP TABLE staging_annotations")
    return written
