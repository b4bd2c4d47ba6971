"""Files that an assistant gives, read the same guarded way as uploads: in a process of their own, within bounds."""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from agents.conversations.uploads import UploadTooLarge
from agents.mcp.values import Given
from agents.roles.music_understanding import hear_file
from core.errors import BadInput
from core.schemas import AudioReading, ImageReading
from recommender.library.importers.audio_tags import Tags, read_tags


class NoPaths(BadInput):
    code = "no_paths_here"
    message = "This server does not read files of the computer it runs on."
    hint = "Send the file's content as base64."


class NoFile(BadInput):
    code = "no_file"
    message = "There is no file in this request."
    hint = "Give its path, or its content as base64: one of the two."


def see(given: Given, *, paths: bool) -> ImageReading:
    """What is in a picture. ``paths``: whether files of this computer may be named. Raises BadInput, PictureError."""
    from recommender.perception.images import decode, reader, uploads

    prepared = uploads.prepared(_content(given, paths), Path(given.path).name)
    reading: ImageReading = reader.read_picture(decode.decode_picture(prepared.file).image)
    return reading


def hear(given: Given, *, paths: bool) -> tuple[AudioReading, Tags]:
    """What a sound file sounds like, and what it says of itself. Raises BadInput, SoundError."""
    with _kept(_content(given, paths)) as path:
        return hear_file(path), read_tags(path, Path(given.path).name)


def _content(given: Given, paths: bool) -> bytes:
    if bool(given.path) == bool(given.base64):
        raise NoFile
    return _named(given.path, paths) if given.path else _decoded(given.base64)


def _named(path: str, paths: bool) -> bytes:
    if not paths:
        raise NoPaths
    try:
        with Path(path).expanduser().open("rb") as file:
            data = file.read(settings.UPLOAD_BYTES_LIMIT + 1)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"The file could not be opened: {getattr(error, 'strerror', None) or 'unreadable'}.",
            hint="Check the path and that you may read the file.",
            code="file_unreadable",
        ) from error
    return _bounded(data)


def _decoded(text: str) -> bytes:
    try:
        return _bounded(base64.b64decode("".join(text.split()), validate=True))
    except binascii.Error as error:
        raise BadInput("This is not base64.", hint="Send the file's bytes, base64.", code="not_base64") from error


def _bounded(data: bytes) -> bytes:
    if len(data) > settings.UPLOAD_BYTES_LIMIT:
        raise UploadTooLarge(f"This file is larger than {settings.UPLOAD_BYTES_LIMIT // 1024**2} MB.")
    return data


@contextmanager
def _kept(data: bytes) -> Iterator[Path]:
    """The bytes as a file while inside: sound is decoded from one."""
    with tempfile.NamedTemporaryFile(prefix="dylumo-") as file:
        file.write(data)
        file.flush()
        yield Path(file.name)
