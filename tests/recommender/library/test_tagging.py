"""What was heard, written into one's own files: every container, a person's own tags kept, no original ever at risk."""

from __future__ import annotations

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import av
import mutagen
import numpy as np
import pytest
from django.core.management import call_command
from mutagen import flac, id3, mp3

from accounts.models import User
from core.errors import DiskFull
from recommender.library.analysis.analyze_file import content_of, stamp_of
from recommender.library.importers.audio_tags import read_tags
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.library.tagging import containers, safe_write
from recommender.library.tagging.described import described
from recommender.library.tagging.folder import Tagged, tag_folder
from recommender.models import AudioProfile, Track, TrackLink
from tests.factories import TrackFactory, UserFactory
from tests.recommender.sounds import write_wav

HEARD = {"mood": "calm", "bpm": "98", "key": "F#m", "genre": "jazz"}
CODECS = {
    "mp3": "libmp3lame",
    "flac": "flac",
    "ogg": "vorbis",
    "opus": "libopus",
    "m4a": "aac",
    "wav": "pcm_s16le",
    "aiff": "pcm_s16be",
}


def write_sound(path: Path, pitch: float = 220.0, **metadata: str) -> Path:
    """A real second of a tone in the container of the path's suffix."""
    codec = CODECS[path.suffix[1:]]
    time = np.arange(48_000) / 48_000
    tone = np.stack([0.3 * np.sin(2 * np.pi * pitch * time)] * 2).astype(np.float32)
    with av.open(str(path), "w") as container:
        container.metadata.update(metadata)
        stream = container.add_stream(codec, rate=48_000, layout="stereo", options={"strict": "experimental"})
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(tone), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = 48_000, 0
        converted = av.AudioResampler(stream.format, "stereo", 48_000, frame_size=stream.frame_size or 1024)
        for part in (*converted.resample(frame), *converted.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def samples(path: Path) -> bytes:
    with av.open(str(path)) as container:
        return b"".join(frame.to_ndarray().tobytes() for frame in container.decode(audio=0))


def heard(path: Path, owner: User | None = None) -> Track:
    """The file as a scan keeps it."""
    content = content_of(path)
    track = TrackFactory(
        owner=owner, source="files", file=str(path), file_hash=content, file_stamp=stamp_of(path), profile=None
    )
    TrackLink.objects.create(track=track, owner=owner, service="file", external_id=content)
    AudioProfile.objects.create(
        track=track, provenance="measured", tempo=98.2, key=6, mode=0,
        moods={"happy": 0.2, "calm": 0.7}, genres={"jazz": 0.8, "pop": 0.1},
    )  # fmt: skip
    return track


def tagged(folder: Path, owner: User | None = None, **how: Any) -> tuple[Outcome, list[Tagged], dict[str, str]]:
    """The outcome, what was told of files, and the code of each refused file by its name."""
    told: list[Tagged] = []
    refused: dict[str, str] = {}
    outcome = tag_folder(
        folder,
        owner,
        Progress(),
        on_file=told.append,
        on_error=lambda path, error: refused.update({path.name: error.code}),
        **{"write": True, "overwrite": False, **how},
    )
    return outcome, told, refused


def said(path: Path) -> dict[str, str]:
    tags = containers.opened(path)
    return {kind: tags.read(kind) for kind in HEARD}


@pytest.mark.django_db
@pytest.mark.parametrize("suffix", CODECS)
def test_each_container_says_what_was_heard_and_sounds_the_same(suffix: str, tmp_path: Path) -> None:
    names = {} if suffix in ("wav", "aiff") else {"title": "Harbour", "artist": "The Lanterns"}
    path = write_sound(tmp_path / f"song.{suffix}", **names)
    track, before, stamp = heard(path), samples(path), stamp_of(path)

    outcome, (plan,), _ = tagged(tmp_path, write=False)
    assert (dict(plan.changes), outcome.updated, stamp_of(path)) == (HEARD, 1, stamp)

    outcome, _, refused = tagged(tmp_path)
    assert (outcome.updated, refused, said(path)) == (1, {}, HEARD)
    assert samples(path) == before
    assert not names or (read_tags(path).title, read_tags(path).artist) == ("Harbour", "The Lanterns")
    assert [one.name for one in tmp_path.iterdir()] == [path.name]

    track.refresh_from_db()
    assert (track.file_hash, track.file_stamp) == (content_of(path), stamp_of(path))
    assert TrackLink.objects.get(track=track).external_id == track.file_hash
    outcome, told, _ = tagged(tmp_path)
    assert (outcome.updated, outcome.unchanged, told) == (0, 1, [])


@pytest.mark.django_db
def test_what_a_person_wrote_stays_and_what_was_written_here_follows_hearing(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "song.flac", genre="Chamber pop")
    profile = heard(path).profile
    _, (first,), _ = tagged(tmp_path)
    assert first.kept == {"genre": "Chamber pop"} and "genre" not in first.changes
    AudioProfile.objects.filter(pk=profile.pk).update(tempo=120, moods={"happy": 0.9})
    mine = flac.FLAC(path)
    mine["MOOD"] = "Sunday"
    mine.save()
    Track.objects.update(file_hash=content_of(path))
    _, (second,), _ = tagged(tmp_path)
    assert second.changes == {"bpm": "120"} and second.kept == {"mood": "Sunday", "genre": "Chamber pop"}
    assert said(path) == {"mood": "Sunday", "bpm": "120", "key": "F#m", "genre": "Chamber pop"}
    tagged(tmp_path, overwrite=True)
    assert said(path) == {"mood": "happy", "bpm": "120", "key": "F#m", "genre": "jazz"}


@pytest.mark.django_db
@pytest.mark.parametrize("version", [3, 4])
def test_an_mp3_keeps_its_version_its_picture_and_its_old_tag(version: int, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "song.mp3")
    tags = id3.ID3(path)
    tags.delete(path)
    tags.clear()
    tags.add(id3.TIT2(encoding=1, text=["Größe"]))
    tags.add(id3.APIC(encoding=0, mime="image/png", type=3, desc="", data=b"\x89PNG" + bytes(500)))
    tags.add(id3.TYER(encoding=0, text=["1999"]) if version == 3 else id3.TDRC(encoding=0, text=["1999-05-01"]))
    tags.save(path, v2_version=version, v1=0)
    old = b"TAG" + b"another title".ljust(124, b"\0") + b"\xff"
    with path.open("ab") as file:
        file.write(old)
    heard(path)
    assert tagged(tmp_path)[0].updated == 1
    now = mp3.MP3(path, translate=False).tags
    assert now.version == (2, version, 0) and path.read_bytes().endswith(old)
    assert now["APIC:"].data == b"\x89PNG" + bytes(500) and now["TIT2"].text == ["Größe"]
    assert str(now["TYER" if version == 3 else "TDRC"]).startswith("1999") and said(path) == HEARD


@pytest.mark.django_db
def test_files_that_cannot_be_written_are_named_and_left_alone(tmp_path: Path) -> None:
    good = write_sound(tmp_path / "good.mp3")
    closed = write_sound(tmp_path / "closed.mp3", pitch=300)
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"ID3\x04\x00\x00\x00\x00\x00\x0aTPE1" + bytes(5000))
    other = tmp_path / "other.ac3"
    other.write_bytes(b"\x0b\x77" + bytes(3000))
    elsewhere = write_sound(tmp_path.parent / f"{tmp_path.name}.flac", pitch=500)
    (tmp_path / "link.flac").symlink_to(elsewhere)
    closed.chmod(0o444)
    left = {path: path.read_bytes() for path in (closed, broken, other, elsewhere)}
    for path in (good, *left):
        heard(path)
    outcome, _, refused = tagged(tmp_path)
    assert refused == {
        "closed.mp3": "read_only",
        "broken.mp3": "tags_damaged",
        "other.ac3": "tags_unsupported",
        "link.flac": "outside_folder",
    }
    assert (outcome.read, outcome.updated, outcome.skipped, said(good)) == (5, 1, 4, HEARD)
    assert all(path.read_bytes() == content for path, content in left.items())


@pytest.mark.django_db
def test_a_copy_that_would_not_be_the_same_never_takes_the_originals_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sound(tmp_path / "song.mp3", title="Harbour")
    heard(path)
    before = path.read_bytes()
    save = mp3.MP3.save

    def cut(file: Any, *args: Any, **how: Any) -> None:
        save(file, *args, **how)
        os.truncate(file.filename, Path(file.filename).stat().st_size - 400)

    def forget(file: Any, *args: Any, **how: Any) -> None:
        file.tags.delall("TIT2")
        save(file, *args, **how)

    def meanwhile(file: Any, *args: Any, **how: Any) -> None:
        save(file, *args, **how)
        os.utime(path, (1, 1))

    def full(*_: Any, **__: Any) -> None:
        raise mutagen.MutagenError(OSError(28, "No space left on device"))

    for bad, code in ((cut, "sound_differs"), (forget, "tags_lost"), (meanwhile, "changed_meanwhile")):
        monkeypatch.setattr(mp3.MP3, "save", bad)
        assert tagged(tmp_path)[2] == {"song.mp3": code}
    monkeypatch.setattr(mp3.MP3, "save", full)
    with pytest.raises(DiskFull):
        tagged(tmp_path)
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == ["song.mp3"]


@pytest.mark.django_db
def test_a_stopped_run_goes_on_and_its_leftovers_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [write_sound(tmp_path / f"{n}.flac", pitch=200 + n) for n in range(3)]
    (tmp_path / "copy.flac").write_bytes(paths[2].read_bytes())
    for path in paths:
        heard(path)
    replace = safe_write._compare

    def killed(path: Path, *rest: Any) -> None:
        if path.name == "1.flac":
            raise KeyboardInterrupt
        replace(path, *rest)

    monkeypatch.setattr(safe_write, "_compare", killed)
    with pytest.raises(KeyboardInterrupt):
        tagged(tmp_path)
    monkeypatch.undo()
    left, recent = tmp_path / ".dylumo-tags-old.flac", tmp_path / ".dylumo-tags-now.flac"
    for path in (left, recent):
        path.write_bytes(b"half")
    os.utime(left, (1, 1))
    assert said(paths[1])["mood"] == ""
    outcome, _, _ = tagged(tmp_path)
    assert (outcome.updated, outcome.unchanged) == (3, 1)
    assert not left.exists() and recent.exists()
    assert (tmp_path / "copy.flac").read_bytes() == paths[2].read_bytes()


@pytest.mark.django_db
def test_a_strangers_files_are_not_written(tmp_path: Path) -> None:
    heard(write_sound(tmp_path / "song.flac"), UserFactory())
    assert tagged(tmp_path)[0].read == tagged(tmp_path, UserFactory())[0].read == 0


def test_what_was_not_heard_is_not_written() -> None:
    unsure = AudioProfile(tempo=None, key=-1, mode=0, moods={}, genres={"pop": 0.2})
    assert described(unsure) == {}
    assert described(AudioProfile(key=0, mode=1, tempo=89.6)) == {"key": "C", "bpm": "90"}


@pytest.mark.django_db
def test_the_command_only_says_what_it_would_do_until_yes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recommender.library.jobs.runner.write_vectors_here", lambda *_: None)
    path = write_wav(tmp_path / "song.wav")
    heard(path)

    def run(*words: str) -> list[dict[str, Any]]:
        out = StringIO()
        call_command("scan_library", str(tmp_path), "--write-tags", *words, "--json", stdout=out)
        return [json.loads(line) for line in out.getvalue().splitlines()]

    _, planned, counted = run()
    assert planned == {"file": str(path), "tags": HEARD, "kept": {}, "written": False}
    assert counted["would_write"] == 1 and said(path)["mood"] == ""
    assert run("--yes")[-1]["written"] == 1 and said(path) == HEARD
    scan, counted = run("--yes")
    assert (scan["unchanged"], counted["written"], counted["unchanged"]) == (1, 0, 1)
