"""From parsed rows to the database: COPY into temporary tables, then set-based upserts in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from recommender.library import audio_profiles
from recommender.library.importers.tables.rows import TableRow
from recommender.library.vectors import store
from recommender.models import AudioProfile, Track
from recommender.perception.audio.affect_model import arousal_of

COLUMNS = {
    "line": "int8",
    "service": "text",
    "external_id": "text",
    "url": "text",
    "title": "text",
    "artist": "text",
    "album": "text",
    "genre": "text",
    "year": "int4",
    "duration": "float8",
    "isrc": "text",
    "explicit": "bool",
    "live": "bool",
    "language": "text",
    "popularity": "float8",
    "valence": "float8",
    "arousal": "float8",
    "energy": "float8",
    "danceability": "float8",
    "acousticness": "float8",
    "instrumentalness": "float8",
    "speechiness": "float8",
    "liveness": "float8",
    "tempo": "float8",
    "loudness": "float8",
    "key": "int2",
    "mode": "int2",
    "time_signature": "int2",
    "moods": "jsonb",
    "genres": "jsonb",
}
TRACK = ("title", "artist", "album", "genre", "year", "duration", "isrc", "explicit", "live", "language", "popularity")
PROFILE = tuple(COLUMNS)[tuple(COLUMNS).index("valence") :]
IMPORT_LOCK = 0x44594C  # one import at a time: the second then sees the first one's tracks


@contextmanager
def staged() -> Iterator[None]:
    """The two temporary tables of one import: the rows, and their vectors by line."""
    columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE staging ({columns}, known bool NOT NULL DEFAULT false, "
            "track_id int8 DEFAULT nextval('recommender_track_id_seq'))"
        )
        cursor.execute("CREATE TEMP TABLE staging_vectors (id int8, vector vector)")
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE staging, staging_vectors")


def stage(rows: Sequence[TableRow]) -> None:
    """Complete one batch of rows (arousal, moods, vector) and COPY it."""
    features = {
        name: np.array([row.features[name] for row in rows], dtype=np.float64)  # None becomes NaN
        for name in rows[0].features
    }
    features["mode"] = np.array([row.mode for row in rows], dtype=np.float64)
    judged = np.array([row.arousal for row in rows], dtype=np.float64)
    reckoned = arousal_of(features["energy"], features["loudness"], features["acousticness"])
    features["arousal"] = np.where(np.isnan(judged), reckoned, judged)
    arousal = features["arousal"].round(4).tolist()
    moods = audio_profiles.moods_of(features["valence"], features["arousal"])
    matrix = audio_profiles.profile_vectors(features, [row.genres for row in rows])
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY staging ({', '.join(COLUMNS)}) FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(list(COLUMNS.values()))
            for row, aroused, near in zip(rows, arousal, moods, strict=True):
                copy.write_row(_fields(row, aroused, near))
        store.copy_vectors(cursor, "staging_vectors", [row.line for row in rows], matrix)


def _fields(row: TableRow, arousal: float, moods: dict[str, float]) -> tuple[Any, ...]:
    known = row.features
    return (
        row.line,
        row.service,
        row.external_id,
        row.url,
        row.title,
        row.artist,
        row.album,
        row.genre,
        row.year,
        row.duration,
        row.isrc,
        row.explicit,
        row.live,
        row.language,
        row.popularity,
        known["valence"],
        arousal,
        known["energy"],
        known["danceability"],
        known["acousticness"],
        known["instrumentalness"],
        known["speechiness"],
        known["liveness"],
        known["tempo"],
        known["loudness"],
        row.key,
        row.mode,
        row.time_signature,
        Jsonb(moods | dict.fromkeys(row.moods, 1.0)),
        Jsonb(row.genres),
    )


def upsert(
    owner_id: int | None,
    *,
    source: Track.Source = Track.Source.TABLE,
    provenance: AudioProfile.Provenance = AudioProfile.Provenance.TABLE,
    confidence: float = audio_profiles.TABLE_CONFIDENCE,
) -> dict[str, int]:
    """Staged rows into tracks, links, profiles and vectors, as the owner's own (None: the shared catalogue).

    Returns how many were ``added``, ``updated``, ``unchanged``. A profile measured from sound is never overwritten.
    """
    space = store.space(audio_profiles.PROFILE_SPACE, audio_profiles.PROFILE_DIMENSIONS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])
        cursor.execute("ANALYZE staging (service, external_id)")
        cursor.execute(
            """UPDATE staging s SET track_id = l.track_id, known = true FROM recommender_tracklink l
               WHERE l.service = s.service AND l.external_id = s.external_id
                 AND l.owner_id IS NOT DISTINCT FROM %s""",
            [owner_id],
        )
        changed = _update(cursor, source, provenance)
        added = _insert(cursor, owner_id, source, provenance, confidence)
        cursor.execute(
            """INSERT INTO recommender_trackvector (space_id, track_id, vector)
               SELECT %s, s.track_id, v.vector FROM staging s JOIN staging_vectors v ON v.id = s.line
               WHERE NOT s.known OR s.track_id = ANY(%s)
               ON CONFLICT (space_id, track_id) DO UPDATE SET vector = excluded.vector""",
            [space.pk, sorted(changed)],
        )
        cursor.execute("SELECT count(*) FROM staging WHERE known")
        known = cursor.fetchone()[0]
    return {"added": added, "updated": len(changed), "unchanged": known - len(changed)}


def _update(cursor: Any, source: Track.Source, provenance: AudioProfile.Provenance) -> set[int]:
    """Bring known tracks up to date where the table says something else; the ids of those that changed.

    What the table does not say keeps its value, so that tables with different columns complete each other.
    """
    changed: set[int] = set()
    for table, key, columns, only in (
        ("recommender_track", "id", TRACK, f"t.source = '{source.value}'"),
        ("recommender_audioprofile", "track_id", PROFILE, f"t.provenance = '{provenance.value}'"),
    ):
        said = {name: f"coalesce({_said(name)}, t.{name})" for name in columns}
        assign = ", ".join(f"{name} = {value}" for name, value in said.items())
        new, old = ", ".join(said.values()), ", ".join(f"t.{name}" for name in columns)
        stamp = ", updated = now()" if table == "recommender_audioprofile" else ""
        cursor.execute(
            f"""UPDATE {table} t SET {assign}{stamp} FROM staging s
                WHERE s.known AND t.{key} = s.track_id AND {only} AND ({old}) IS DISTINCT FROM ({new})
                RETURNING t.{key}"""
        )
        changed.update(row[0] for row in cursor.fetchall())
    return changed


def _said(name: str) -> str:
    """A staged column as SQL that is NULL where the table said nothing."""
    if name == "duration":
        return "nullif(s.duration, 0)"
    nothing = {"text": "''", "jsonb": "'{}'"}.get(COLUMNS[name])
    return f"nullif(s.{name}, {nothing})" if nothing else f"s.{name}"


def _insert(
    cursor: Any,
    owner_id: int | None,
    source: Track.Source,
    provenance: AudioProfile.Provenance,
    confidence: float,
) -> int:
    names = ", ".join(TRACK)
    cursor.execute(
        f"""INSERT INTO recommender_track (id, owner_id, source, {names}, file, file_hash, file_stamp, created)
            SELECT track_id, %s, %s, {names}, '', '', '', now() FROM staging WHERE NOT known ORDER BY line""",
        [owner_id, source.value],
    )
    added = int(cursor.rowcount)
    cursor.execute(
        """INSERT INTO recommender_tracklink (track_id, owner_id, service, external_id, url)
           SELECT track_id, %s, service, external_id, url FROM staging WHERE NOT known""",
        [owner_id],
    )
    features = ", ".join(PROFILE)
    cursor.execute(
        f"""INSERT INTO recommender_audioprofile
                (track_id, {features}, instruments, provenance, confidence, tier, updated)
            SELECT track_id, {features}, '{{}}', %s, %s, '', now() FROM staging
            ORDER BY line ON CONFLICT (track_id) DO NOTHING""",
        [provenance.value, confidence],
    )
    return added


def analyse() -> None:
    """Fresh statistics, so that the next query is planned for what is there now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "ANALYZE recommender_track, recommender_tracklink, recommender_audioprofile, recommender_trackvector"
        )
