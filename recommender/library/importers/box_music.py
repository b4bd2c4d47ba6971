"""The music in the box: 28 instrumental pieces of the package immich-memories-music (MIT) that need no network.

A program generated them; nothing is rendered here. Each is heard like anyone's file, once.
"""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from immich_memories_music import tracks_dir

from core.errors import DylumoError
from recommender.library.analysis import store
from recommender.library.analysis.analyze_file import hear, stamp_of
from recommender.library.importers.audio_tags import Tags
from recommender.library.jobs.process_pool import each
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.models import Track, TrackLink

ARTIST, ALBUM = "Immich Memories", "immich-memories-music"
GENRES = {"acoustic": "acoustic pop", "electronic": "downtempo"}
LIVELY = {"acoustic": "folk rock", "electronic": "edm"}
"""The editor's style that comes nearest, for the energetic ones."""


@dataclass(frozen=True)
class Piece:
    """One file of the package and what it is called here; ``key`` is its path in the package."""

    path: Path
    key: str
    tags: Tags


def pieces() -> list[Piece]:
    """All of them: a folder a mood, each file ``mood_kind_number``."""
    counts: Counter[tuple[str, str]] = Counter()
    found = []
    for path in sorted(tracks_dir().glob("*/*.opus")):
        mood, kind, _ = path.stem.split("_")
        counts[mood, kind] += 1
        title = f"{mood.capitalize()} {kind} no. {counts[mood, kind]}"
        genre = (LIVELY if mood == "energetic" else GENRES)[kind]
        tags = Tags(title=title, artist=ARTIST, album=ALBUM, genre=genre)
        found.append(Piece(path, str(path.relative_to(tracks_dir())), tags))
    return found


def missing() -> list[Piece]:
    """Those that are not in the catalogue as they lie on disk now."""
    return _missing(pieces(), _known())


def _missing(everything: list[Piece], known: dict[str, Track]) -> list[Piece]:
    return [piece for piece in everything if not _whole(piece, known.get(piece.key))]


def build(progress: Progress, *, processes: int | None = None) -> Outcome:
    """Hear what is missing; a piece is in the catalogue as soon as it is heard. Raises ``Cancelled``."""
    known, everything, outcome = _known(), pieces(), Outcome()
    lacking = {piece.path: piece for piece in _missing(everything, known)}
    outcome.read, outcome.unchanged = len(everything), len(everything) - len(lacking)
    progress.step(outcome.unchanged, len(everything))
    with closing(each(hear, lacking, processes=processes)) as heard_files:
        for done, (path, heard) in enumerate(heard_files, outcome.unchanged + 1):
            piece = lacking[path]
            if isinstance(heard, DylumoError):
                outcome.skip(heard.code, piece.tags.title, heard.message)
            else:
                track, named = known.get(piece.key), replace(heard, tags=piece.tags)
                store.put(named, None, track=track, source=Track.Source.OPEN, external_id=piece.key)
                outcome.updated += track is not None
                outcome.added += track is None
            progress.step(done, len(everything), piece.tags.title)
    return outcome


def _known() -> dict[str, Track]:
    links = TrackLink.objects.filter(service=store.BOX_SERVICE, owner=None).select_related("track")
    return {link.external_id: link.track for link in links}


def _whole(piece: Piece, track: Track | None) -> bool:
    return (
        track is not None
        and track.missing_since is None
        and track.file == str(piece.path)
        and track.file_stamp == stamp_of(piece.path)
    )
