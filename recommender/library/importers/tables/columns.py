"""Which column of a table is which: the spellings of public Spotify tables, of Exportify and of common exports."""

from __future__ import annotations

import re

from core.errors import BadInput

SPELLINGS: dict[str, tuple[str, ...]] = {
    "id": ("track_id", "spotify_id", "spotify_track_id", "track_uri", "spotify_uri", "uri", "song_id", "id"),
    "title": ("track_name", "title", "track_title", "song_name", "song_title", "song", "track", "name"),
    "artist": (
        "artists",
        "artist",
        "artist_name",
        "artist_names",
        "artist_name_s",
        "artist_s_name",
        "artists_names",
        "artists_name",
        "track_artist",
        "track_artists",
        "performer",
        "singer",
    ),
    "album": ("album_name", "album", "album_title", "track_album_name", "release"),
    "genre": ("track_genre", "genre", "genres", "playlist_genre", "artist_genres", "artist_genre", "tags", "top_genre"),
    "subgenre": ("subgenre", "sub_genre", "playlist_subgenre", "track_subgenre"),
    "mood": ("mood", "moods"),
    "date": (
        "release_date",
        "album_release_date",
        "track_album_release_date",
        "year",
        "release_year",
        "released_year",
        "track_year",
        "date",
    ),
    "decade": ("decade",),
    "duration_ms": ("duration_ms", "track_duration_ms", "length_ms", "song_duration_ms"),
    "duration_s": ("duration_s", "duration_sec", "duration_seconds", "length_s", "seconds"),
    "duration_min": ("duration_min", "duration_mins", "duration_minutes", "length_min"),
    "duration": ("duration", "length", "track_duration"),
    "isrc": ("isrc", "track_isrc"),
    "popularity": ("track_popularity", "popularity", "song_popularity"),
    "explicit": ("explicit", "is_explicit", "track_explicit"),
    "language": ("language", "lang"),
    "valence": ("valence",),
    "energy": ("energy",),
    "danceability": ("danceability", "dance", "danceable"),
    "acousticness": ("acousticness", "acoustic", "acoustics"),
    "instrumentalness": ("instrumentalness", "instrumental"),
    "speechiness": ("speechiness", "speech"),
    "liveness": ("liveness",),
    "tempo": ("tempo", "bpm", "beats_per_minute"),
    "loudness": ("loudness", "loudness_db", "db"),
    "key": ("key", "audio_key", "key_name"),
    "mode": ("mode", "audio_mode"),
    "time_signature": ("time_signature", "timesignature", "meter", "metre"),
}
"""Field to the column names it may have, normalised by ``normalised``, the most specific first."""

REQUIRED = ("title", "valence", "energy")


class TableError(BadInput):
    """A file that is no usable table. Codes: ``table_missing``, ``table_empty``, ``not_a_table``,
    ``table_columns``, ``table_too_large``."""

    code = "not_a_table"
    message = "This file is not a table Dylumo can read."
    hint = "Use a CSV or TSV file (it may be gzipped) with one track a line and a line of column names at the top."


def normalised(name: str) -> str:
    """``Artist(s) Name`` and ``artist_s_name`` alike: lower case, words joined by one underscore."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def recognised(header: list[str]) -> dict[str, int]:
    """Field to column number, for the fields this header has."""
    places: dict[str, int] = {}
    for place, name in enumerate(header):
        places.setdefault(normalised(name), place)
    found = {}
    for field, spellings in SPELLINGS.items():
        for spelling in spellings:
            if spelling in places:
                found[field] = places[spelling]
                break
    return found


def required(header: list[str]) -> dict[str, int]:
    """``recognised``, or a ``TableError`` that names what is missing."""
    found = recognised(header)
    missing = [field for field in REQUIRED if field not in found]
    if not found:
        raise TableError("The first line of this file holds no column name that Dylumo knows.", code="table_columns")
    if missing:
        there = ", ".join(name[:40] for name in header[:30] if name.strip())
        raise TableError(
            f"This table has no column for {' and '.join(missing)}.",
            hint=f"Name the columns as Spotify does (title, artist, valence, energy, ...). Found: {there}.",
            code="table_columns",
        )
    return found
