"""What a file says about itself: its tags, else its name."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

TEXT_LIMIT = 300
NAMES: dict[str, tuple[str, ...]] = {
    "title": ("title", "tit2"),
    "artist": ("artist", "tpe1", "author", "albumartist", "tpe2"),
    "album": ("album", "talb", "wm/albumtitle"),
    "genre": ("genre", "tcon", "wm/genre"),
    "date": ("date", "originaldate", "tdrc", "tyer", "year", "wm/year"),
    "isrc": ("isrc", "tsrc", "wm/isrc"),
    "language": ("language", "tlan"),
}
"""Our name to those of Vorbis comments, mutagen's easy interface, ID3 frames and ASF, in lower case."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")
_TRACK_NUMBER = re.compile(r"^(?:\d{1,3}(?:[-.]\d{1,3})?\s*[-._)]\s*|0\d{1,2}\s+)(?=\S)")
"""A number with a separator or a leading zero: "99 Luftballons" keeps its own."""


@dataclass(frozen=True, kw_only=True)
class Tags:
    """Texts are empty where the file says nothing; the title never is."""

    title: str
    artist: str = ""
    album: str = ""
    genre: str = ""
    year: int | None = None
    isrc: str = ""
    language: str = ""


def read_tags(path: Path, name: str = "") -> Tags:
    """The tags of an audio file, else what its name tells. Broken tags count as none: the sound decides whether the
    file is usable. ``name``: what the file was called before it was stored under another."""
    said = _said(path)
    title, artist = said.get("title", ""), said.get("artist", "")
    if not title:
        named_artist, title = from_name(Path(name or path.name).stem)
        artist = artist or named_artist
    year = re.search(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)", said.get("date", ""))
    isrc = said.get("isrc", "").upper().replace("-", "")
    language = said.get("language", "").casefold()
    return Tags(
        title=title,
        artist=artist,
        album=said.get("album", ""),
        genre=said.get("genre", "")[:120],
        year=int(year[0]) if year else None,
        isrc=isrc if re.fullmatch(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", isrc) else "",
        language=language if re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,4})?", language) else "",
    )


def from_name(stem: str) -> tuple[str, str]:
    """(artist, title) from a file's name: "07 - Artist - Title", "Artist - Title", "07 Title", "Title"."""
    name = _clean(stem.replace("_", " "))
    name = _TRACK_NUMBER.sub("", name) or name
    artist, dash, title = name.partition(" - ")
    return (artist.strip(), title.strip()) if dash and title.strip() else ("", name or "Untitled")


def _said(path: Path) -> dict[str, str]:
    import mutagen

    try:
        file = mutagen.File(path, easy=True)
        raw = {str(key).casefold(): value for key, value in (file.tags or {}).items()} if file is not None else {}
    except Exception as error:  # mutagen meets hostile bytes with whatever its parsers raise
        log.info("the tags of %s cannot be read: %s", path, error)
        return {}
    found = {}
    for ours, theirs in NAMES.items():
        for name in theirs:
            if text := _text(raw.get(name)):
                found[ours] = text
                break
    return found


def _text(value: Any) -> str:
    """Lists, ID3 frames and plain strings as one text."""
    value = getattr(value, "text", value)
    if isinstance(value, list | tuple):
        value = ", ".join(str(one) for one in value if str(one).strip())
    return _clean(str(value)) if value is not None else ""


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()[:TEXT_LIMIT]
