"""Any common audio file (or its bytes) to samples: one decode, a representative excerpt, and coded errors.

PyAV carries its own ffmpeg libraries, so no system program is needed. Only real audio containers are opened:
playlists, subtitles and other formats that may point at further files or addresses are refused by name.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import BadInput

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

RATE = 22_050
"""Samples a second after decoding."""

EXCERPT_SECONDS = 60.0
MIN_SECONDS = 1.0
MAX_SECONDS = 6 * 3600.0
MAX_BYTES = 400 * 1024 * 1024
LOUDEST = 4.0
"""Decoded samples may pass full scale a little; what lies further out is damage."""

BATCH = 65_536
"""Samples resampled at once: frames are often as short as 20 ms, and each call costs."""

COMPLETE_SHARE = 0.5
"""A file that yields less than this share of the seconds it promises counts as truncated."""

CONTAINERS = "aac,ac3,aiff,amr,ape,asf,au,avi,caf,dsf,eac3,flac,matroska,mov,mp3,mpc,mpc8,mpeg,ogg,tta,w64,wav,wv"


class SoundError(BadInput):
    """A sound that cannot be heard. Codes: ``sound_missing``, ``sound_empty``, ``sound_too_large``,
    ``sound_too_long``, ``sound_too_short``, ``sound_truncated``, ``not_sound``, ``sound_costly``."""

    code = "not_sound"
    message = "This file holds no sound that can be decoded."
    hint = "Use an audio file such as MP3, M4A, OGG, Opus, FLAC or WAV."


@dataclass(frozen=True)
class Sound:
    """Decoded audio. ``channels``: (1 or 2, samples) float32, -1..1 at ``RATE``. ``duration``: seconds of the
    whole recording; ``start``: where the excerpt held here begins, in seconds."""

    channels: NDArray[np.float32]
    duration: float
    start: float = 0.0

    @cached_property
    def mono(self) -> NDArray[np.float32]:
        """(samples,) float32: the mean of the channels."""
        return np.ascontiguousarray(self.channels.mean(axis=0, dtype=np.float32))

    @property
    def seconds(self) -> float:
        """Length of the excerpt."""
        return self.channels.shape[1] / RATE  # type: ignore[no-any-return]


def decode(source: Path | str | bytes, *, excerpt: float = EXCERPT_SECONDS) -> Sound:
    """Decode the middle ``excerpt`` seconds of a file (all of it when shorter) to at most two channels.

    Raises ``SoundError``.
    """
    import av

    with _opened(source) as stream:
        try:
            with av.open(stream, options={"format_whitelist": CONTAINERS}, metadata_errors="ignore") as container:
                return _excerpt(container, excerpt)
        except (av.FFmpegError, ValueError) as error:
            stream.seek(0)
            return _by_libsndfile(stream, excerpt, error)


def _opened(source: Path | str | bytes) -> BinaryIO:
    """A readable binary stream, after the checks that need no decoding."""
    if isinstance(source, bytes):
        size, stream = len(source), io.BytesIO(source)
    else:
        path = Path(source)
        try:
            size = path.stat().st_size
            stream = path.open("rb")  # type: ignore[assignment]
        except OSError as error:
            raise SoundError(
                "This file cannot be read.", hint="Check the name and the permissions.", code="sound_missing"
            ) from error
    if 0 < size <= MAX_BYTES:
        return stream
    stream.close()
    if not size:
        raise SoundError("This file is empty.", hint="Choose another file.", code="sound_empty")
    raise SoundError(
        "This file is larger than {most} MB.",
        hint="Use a compressed copy.",
        code="sound_too_large",
        told={"most": MAX_BYTES // 2**20},
    )


def _excerpt(container: InputContainer, excerpt: float) -> Sound:
    # a track whose codec nobody knows has no context to decode in, whatever the types say
    known = [stream for stream in container.streams.audio if getattr(stream, "codec_context", None)]
    if not known:
        raise SoundError()
    stream = known[0]
    promised = _promised_seconds(container, stream)
    if promised > MAX_SECONDS:
        raise SoundError(
            "This recording is longer than {most} hours.",
            hint="Cut it into single pieces.",
            code="sound_too_long",
            told={"most": round(MAX_SECONDS / 3600)},
        )
    start = max((promised - excerpt) / 2, 0.0)
    channels = _samples(container, stream, start, excerpt)
    expected = min(promised, excerpt)
    if start and channels.shape[1] < COMPLETE_SHARE * expected * RATE:
        start = 0.0
        channels = _samples(container, stream, start, excerpt)
    seconds = channels.shape[1] / RATE
    if promised > MIN_SECONDS and seconds < COMPLETE_SHARE * expected:
        raise SoundError(
            "This recording breaks off: much of it is missing.",
            hint="Download or export it again.",
            code="sound_truncated",
        )
    if seconds < MIN_SECONDS:
        raise SoundError(
            "This recording is too short to be understood.", hint="Use at least one second.", code="sound_too_short"
        )
    return Sound(channels=channels, duration=max(promised, start + seconds), start=start)


def _by_libsndfile(stream: BinaryIO, excerpt: float, cause: Exception) -> Sound:
    """What PyAV's ffmpeg refuses, libsndfile may still read: some Ogg Vorbis files with long comment headers are
    sound, yet unreadable for ffmpeg 8. Raises ``SoundError`` from ``cause`` otherwise."""
    import soundfile
    import soxr

    try:
        with soundfile.SoundFile(stream) as file:
            duration = file.frames / file.samplerate
            if not MIN_SECONDS <= duration <= MAX_SECONDS:
                raise SoundError() from cause
            start = max((duration - excerpt) / 2, 0.0)
            file.seek(int(start * file.samplerate))
            samples = file.read(int(excerpt * file.samplerate), dtype="float32", always_2d=True)[:, :2]
            resampled = soxr.resample(samples, file.samplerate, RATE)
    except (soundfile.SoundFileError, RuntimeError, MemoryError) as error:
        raise SoundError() from error
    return Sound(channels=np.ascontiguousarray(_sane(resampled.T)), duration=duration, start=start)


def _promised_seconds(container: InputContainer, stream: AudioStream) -> float:
    """The length that the file claims, 0 when it claims none."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration else 0.0


def _samples(container: InputContainer, stream: AudioStream, start: float, seconds: float) -> NDArray[np.float32]:
    """(channels, samples) float32 from ``start``, at most ``seconds`` long; damaged packets are skipped."""
    import av

    layout = "mono" if stream.codec_context.channels == 1 else "stereo"
    try:
        container.seek(int(start * 1e6))
    except av.FFmpegError:
        if start:
            return np.zeros((1, 0), np.float32)
    wanted, skip, have = round(seconds * RATE), 0, 0
    runs: list[_Run] = []
    for number, frame in enumerate(_frames(container, stream)):
        if start and not number:
            skip = max(round((start - (frame.time or 0.0)) * RATE), 0)
        if not runs or runs[-1].shape != _shape(frame):
            runs.append(_Run(_shape(frame), layout))
        runs[-1].add(frame)
        have += frame.samples * RATE // frame.sample_rate
        if have >= skip + wanted:
            break
    parts = [part for run in runs for part in run.ended()]
    if not parts:
        return np.zeros((1, 0), np.float32)
    samples = np.concatenate(parts, axis=1)[:, skip : skip + wanted]
    return _sane(samples)


def _shape(frame: AudioFrame) -> tuple[str, int, int]:
    return frame.format.name, frame.sample_rate, frame.layout.nb_channels


class _Run:
    """Frames of one shape, resampled. In a damaged file the shape changes from one frame to the next, and a queue that
    is given frames of two shapes writes where it must not."""

    def __init__(self, shape: tuple[str, int, int], layout: str) -> None:
        import av

        self.shape, self.parts = shape, list[NDArray[np.float32]]()
        self.resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE)
        self.pending = av.AudioFifo()

    def add(self, frame: AudioFrame) -> None:
        frame.pts = None
        self.pending.write(frame)
        if self.pending.samples >= BATCH:
            self._resample(self.pending.read())

    def ended(self) -> list[NDArray[np.float32]]:
        if self.pending.samples:
            self._resample(self.pending.read())
        self._resample(None)
        return self.parts

    def _resample(self, frame: AudioFrame | None) -> None:
        self.parts += [piece.to_ndarray() for piece in self.resampler.resample(frame)]


def _sane(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.clip(np.nan_to_num(samples, copy=False), -LOUDEST, LOUDEST)


def _frames(container: InputContainer, stream: AudioStream) -> Iterator[Any]:
    """Decoded frames; a packet that does not decode, or a broken end, is passed over."""
    import av

    try:
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except av.error.InvalidDataError:
                continue
    except av.error.InvalidDataError:
        return
