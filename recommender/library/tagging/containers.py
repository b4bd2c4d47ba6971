"""The tags of a sound file under one set of names, whatever its container: ID3, Vorbis comments or MP4.

What Dylumo wrote is noted in a tag of its own, so that what a person wrote, or changed since, is told from it.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import BadInput
from recommender.library.tagging.described import KINDS

NOTE = "DYLUMO"
LONGEST_NOTE = 1000
UNSAID = ("", "0")
"""Values that say nothing; programs that know no tempo write 0."""


class TagError(BadInput):
    """A file whose tags are left alone. Codes: ``tags_unsupported``, ``tags_damaged``, ``tags_lost``, ``read_only``,
    ``outside_folder``, ``changed_meanwhile``, ``sound_differs``, ``file_unwritable``."""

    code = "tags_damaged"
    message = "The tags of this file cannot be read."
    hint = "The file was left as it is."


class Tags(ABC):
    """The tags of one file, open. ``names``: what each of ``KINDS`` is called in it; the first is written."""

    names: Mapping[str, tuple[str, ...]]

    def __init__(self, file: Any) -> None:
        if file.tags is None:
            file.add_tags()
        self._file, self._tags = file, file.tags

    def read(self, kind: str) -> str:
        return next(filter(None, map(self._text, self.names[kind])), "")

    @abstractmethod
    def _text(self, name: str) -> str: ...

    @abstractmethod
    def write(self, kind: str, value: str) -> None: ...

    @abstractmethod
    def read_note(self) -> str: ...

    @abstractmethod
    def write_note(self, text: str) -> None: ...

    @abstractmethod
    def others(self) -> dict[str, str]:
        """Every tag but those of ``KINDS`` and the note, as it would be told."""

    def save(self) -> None:
        self._file.save()

    def _ours(self, note: str) -> set[str]:
        return {note, *(name for names in self.names.values() for name in names)}


def opened(path: Path) -> Tags:
    """Raises TagError."""
    import mutagen
    from mutagen import aiff, flac, mp3, mp4, ogg, wave

    try:
        file = mutagen.File(path)
        if isinstance(file, mp3.MP3 | aiff.AIFF | wave.WAVE):
            return _Id3(file, path)
        if isinstance(file, flac.FLAC | ogg.OggFileType):
            return _Vorbis(file)
        if isinstance(file, mp4.MP4):
            return _Mp4(file)
    except Exception as error:  # mutagen meets hostile bytes with whatever its parsers raise
        raise TagError from error
    raise TagError("Tags of this kind of file are not written.", code="tags_unsupported")


def planned(tags: Tags, wanted: Mapping[str, str], *, overwrite: bool) -> tuple[dict[str, str], dict[str, str]]:
    """What would be written, and what a person wrote that is kept, by kind."""
    changes, kept, ours = {}, {}, noted(tags)
    for kind, value in wanted.items():
        now = tags.read(kind)
        if now == value:
            continue
        if now in UNSAID or overwrite or now == ours.get(kind):
            changes[kind] = value
        else:
            kept[kind] = now
    return changes, kept


def applied(tags: Tags, changes: Mapping[str, str]) -> None:
    """Write the changes and note them; to memory only until ``save``."""
    for kind, value in changes.items():
        tags.write(kind, value)
    tags.write_note(json.dumps(noted(tags) | dict(changes), sort_keys=True))


def noted(tags: Tags) -> dict[str, str]:
    """What was written here before, by kind; nothing of a note that was not made here."""
    try:
        said = json.loads(tags.read_note()[:LONGEST_NOTE])
    except ValueError:
        return {}
    return {kind: str(said[kind]) for kind in KINDS if kind in said} if isinstance(said, dict) else {}


class _Id3(Tags):
    """MP3, WAV and AIFF. The version of the tag is kept, so that players that know only that one go on reading it."""

    def __init__(self, file: Any, path: Path) -> None:
        if file.tags is not None:
            old = file.tags.version[:2] == (2, 2)  # nothing can be written in that one
            file = type(file)(path) if old else type(file)(path, translate=False)
            if old:
                file.tags.update_to_v23()
        super().__init__(file)
        self._version = 3 if self._tags.version[:2] in ((2, 2), (2, 3)) else 4
        mood = "TMOO" if self._version == 4 else "TXXX:MOOD"
        self.names = {"mood": (mood, "TMOO", "TXXX:MOOD"), "bpm": ("TBPM",), "key": ("TKEY",), "genre": ("TCON",)}

    def write(self, kind: str, value: str) -> None:
        for name in self.names[kind]:
            self._tags.pop(name, None)
        self._add(self.names[kind][0], value)

    def read_note(self) -> str:
        return self._text(f"TXXX:{NOTE}")

    def write_note(self, text: str) -> None:
        self._add(f"TXXX:{NOTE}", text)

    def others(self) -> dict[str, str]:
        ours = self._ours(f"TXXX:{NOTE}")
        return {name: repr(frame) for name, frame in self._tags.items() if name not in ours}

    def save(self) -> None:
        kept = self._old_tag()
        self._file.save(v2_version=self._version, v23_sep=None)
        if kept:  # mutagen would say in it what the new tag says
            with Path(self._file.filename).open("r+b") as file:
                file.seek(-len(kept), 2)
                file.write(kept)

    def _old_tag(self) -> bytes:
        """The ID3v1 tag at the file's end; empty where there is none."""
        with Path(self._file.filename).open("rb") as file:
            file.seek(max(-128, -file.seek(0, 2)), 2)
            tail = file.read()
        return tail if tail.startswith(b"TAG") else b""

    def _text(self, name: str) -> str:
        frame = self._tags.get(name)
        said = getattr(frame, "genres", None) or getattr(frame, "text", [])
        return ", ".join(str(one) for one in said if str(one).strip())

    def _add(self, name: str, value: str) -> None:
        from mutagen import id3

        name, _, described = name.partition(":")
        told = {"desc": described} if described else {}
        self._tags.add(getattr(id3, name)(encoding=id3.Encoding.UTF16, text=[value], **told))


class _Vorbis(Tags):
    """FLAC and everything in Ogg."""

    names = {"mood": ("mood",), "bpm": ("bpm", "tempo"), "key": ("initialkey", "key"), "genre": ("genre",)}

    def _text(self, name: str) -> str:
        return ", ".join(filter(None, self._tags.get(name, [])))

    def write(self, kind: str, value: str) -> None:
        for name in self.names[kind]:
            if name in self._tags:
                del self._tags[name]
        self._tags[self.names[kind][0].upper()] = [value]

    def read_note(self) -> str:
        return "".join(self._tags.get(NOTE, []))

    def write_note(self, text: str) -> None:
        self._tags[NOTE] = [text]

    def others(self) -> dict[str, str]:
        ours = self._ours(NOTE.lower())
        said = {name: repr(self._tags[name]) for name in self._tags.keys() if name.lower() not in ours}  # noqa: SIM118
        pictures = getattr(self._file, "pictures", [])
        return said | {f"picture {place}": repr(one.write()) for place, one in enumerate(pictures)}


class _Mp4(Tags):
    """M4A and its kin."""

    OWN = "----:com.apple.iTunes:"
    names = {
        "mood": (f"{OWN}MOOD",),
        "bpm": ("tmpo",),
        "key": (f"{OWN}initialkey", f"{OWN}KEY"),
        "genre": ("\xa9gen", "gnre"),
    }

    def write(self, kind: str, value: str) -> None:
        for name in self.names[kind]:
            self._tags.pop(name, None)
        name = self.names[kind][0]
        self._tags[name] = [int(value)] if name == "tmpo" else [value.encode()] if name.startswith("----") else [value]

    def read_note(self) -> str:
        return self._text(f"{self.OWN}{NOTE}")

    def write_note(self, text: str) -> None:
        self._tags[f"{self.OWN}{NOTE}"] = [text.encode()]

    def others(self) -> dict[str, str]:
        ours = self._ours(f"{self.OWN}{NOTE}")
        return {name: repr(value) for name, value in self._tags.items() if name not in ours}

    def _text(self, name: str) -> str:
        said = self._tags.get(name, [])
        return ", ".join(one.decode(errors="replace") if isinstance(one, bytes) else str(one) for one in said)
