"""A person's folder of audio files: found, recognised again, and never shown to anyone else."""

from __future__ import annotations

import json
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from core.errors import DylumoError
from recommender.library.importers import folders
from recommender.library.importers.audio_tags import from_name, read_tags
from recommender.library.importers.folders import FolderError, audio_files, scan_folder
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Cancelled, Progress
from recommender.models import Track, TrackLink, TrackVector
from tests.factories import UserFactory
from tests.recommender.sounds import write_wav


@pytest.fixture
def heard_here(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Files are heard in this process: starting others takes seconds. Gives the list of files heard."""
    heard: list[Path] = []

    def each(function: Any, items: Any, **_: Any) -> Any:
        for item in items:
            heard.append(item)
            try:
                yield item, function(item)
            except DylumoError as error:
                yield item, error

    monkeypatch.setattr(folders, "each", each)
    return heard


def scanned(folder: Path, owner: Any = None) -> Outcome:
    return scan_folder(folder, owner, Progress())


@pytest.mark.django_db
def test_files_become_tracks_with_measured_profiles(tmp_path, heard_here):
    owner = UserFactory()
    write_wav(tmp_path / "Album" / "01 - Some Band - First Song.wav")
    write_wav(tmp_path / "Album" / "02 Second Song.WAV", pitch=330)
    (tmp_path / "Album" / "cover.jpg").write_bytes(b"no sound")
    (tmp_path / ".hidden").mkdir()
    write_wav(tmp_path / ".hidden" / "no.wav", pitch=99)
    outcome = scanned(tmp_path, owner)
    assert (outcome.read, outcome.added, outcome.skipped) == (2, 2, 0)
    first = Track.objects.get(title="First Song")
    assert (first.artist, first.source, first.owner) == ("Some Band", "files", owner)
    assert first.duration == pytest.approx(2.0, abs=0.1)
    assert first.profile.provenance == "measured"
    assert first.profile.tempo is None or first.profile.tempo > 0
    assert TrackVector.objects.filter(track=first).count() == 1


@pytest.mark.django_db
def test_only_what_is_new_or_changed_is_heard_again(tmp_path, heard_here):
    for number in range(4):
        write_wav(tmp_path / f"{number}.wav", pitch=200 + 30 * number)
    scanned(tmp_path)
    ids = {track.file: track.pk for track in Track.objects.all()}
    heard_here.clear()

    unchanged = scanned(tmp_path)
    assert (unchanged.unchanged, unchanged.added, heard_here) == (4, 0, [])

    (tmp_path / "sub").mkdir()
    (tmp_path / "0.wav").rename(tmp_path / "sub" / "moved.wav")
    write_wav(tmp_path / "1.wav", pitch=777)
    (tmp_path / "2.wav").unlink()
    os.utime(tmp_path / "3.wav", (1, 1))
    write_wav(tmp_path / "4.wav", pitch=888)
    outcome = scanned(tmp_path)
    assert heard_here == [tmp_path / "1.wav", tmp_path / "4.wav"]
    assert (outcome.added, outcome.updated, outcome.unchanged, outcome.missing) == (1, 2, 1, 1)
    moved, gone = Track.objects.get(pk=ids[str(tmp_path / "0.wav")]), Track.objects.get(pk=ids[str(tmp_path / "2.wav")])
    assert moved.file == str(tmp_path / "sub" / "moved.wav")
    assert gone.missing_since is not None
    assert Track.objects.count() == 5

    write_wav(tmp_path / "2.wav", pitch=260)
    back = scanned(tmp_path)
    gone.refresh_from_db()
    assert (back.updated, gone.missing_since) == (1, None)


@pytest.mark.django_db
def test_two_files_that_changed_places_keep_their_tracks(tmp_path, heard_here):
    a, b = write_wav(tmp_path / "a.wav", pitch=200), write_wav(tmp_path / "b.wav", pitch=300)
    scanned(tmp_path)
    before = {track.pk: track.file_hash for track in Track.objects.all()}
    heard_here.clear()
    a.rename(tmp_path / "c.wav")
    b.rename(a)
    (tmp_path / "c.wav").rename(b)
    outcome = scanned(tmp_path)
    assert (outcome.updated, outcome.missing, heard_here) == (2, 0, [])
    assert {track.pk: track.file_hash for track in Track.objects.all()} == before
    assert Track.objects.get(file=str(a)).file_hash != Track.objects.get(file=str(b)).file_hash


@pytest.mark.django_db
def test_copies_of_one_recording_are_one_track(tmp_path, heard_here):
    write_wav(tmp_path / "a.wav")
    (tmp_path / "copy.wav").write_bytes((tmp_path / "a.wav").read_bytes())
    assert scanned(tmp_path).skips == {"duplicate_file": 1}
    assert scanned(tmp_path).skips == {"duplicate_file": 1}
    assert Track.objects.count() == 1


@pytest.mark.django_db
def test_broken_files_are_listed_and_the_others_come_in(tmp_path, heard_here):
    write_wav(tmp_path / "good.wav")
    (tmp_path / "empty.mp3").touch()
    (tmp_path / "picture.mp3").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(3000))
    (tmp_path / "cut.wav").write_bytes((tmp_path / "good.wav").read_bytes()[:60])
    (tmp_path / "dangling.ogg").symlink_to(tmp_path / "nowhere.ogg")
    errors: dict[str, str] = {}

    def note(path: Path, error: DylumoError) -> None:
        errors[path.name] = error.code

    outcome = scan_folder(tmp_path, None, Progress(), on_error=note)
    assert (outcome.read, outcome.added, outcome.skipped) == (5, 1, 4)
    assert set(errors) == {"empty.mp3", "picture.mp3", "cut.wav", "dangling.ogg"}
    assert errors["empty.mp3"] == "sound_empty"
    assert errors["picture.mp3"] == "not_sound"


@pytest.mark.django_db
def test_one_persons_files_are_never_seen_by_another(tmp_path, heard_here):
    anna, ben = UserFactory(), UserFactory()
    write_wav(tmp_path / "a.wav")
    assert scanned(tmp_path, anna).added == 1
    assert not Track.objects.visible_to(ben).exists()
    assert not Track.objects.visible_to(None).exists()
    assert scanned(tmp_path, ben).added == 1
    assert set(TrackLink.objects.values_list("owner", flat=True)) == {anna.pk, ben.pk}


@pytest.mark.django_db
def test_a_stopped_scan_goes_on_where_it_was(tmp_path, heard_here):
    for number in range(3):
        write_wav(tmp_path / f"{number}.wav", pitch=200 + 30 * number)

    def stop(done: int, total: int, note: str) -> None:
        if done == 2:
            raise Cancelled()

    with pytest.raises(Cancelled):
        scan_folder(tmp_path, None, Progress(on_step=stop))
    assert Track.objects.count() == 2
    heard_here.clear()
    assert (scanned(tmp_path).added, len(heard_here)) == (1, 1)


def test_links_in_a_circle_and_system_folders_are_walked_once_or_not(tmp_path):
    write_wav(tmp_path / "music" / "a.wav")
    write_wav(tmp_path / "@eaDir" / "b.wav")
    (tmp_path / "music" / "again").symlink_to(tmp_path, target_is_directory=True)
    assert list(audio_files(tmp_path, [])) == [tmp_path / "music" / "a.wav"]


@pytest.mark.django_db
def test_a_missing_folder_is_refused_and_marks_nothing_missing(tmp_path, heard_here):
    write_wav(tmp_path / "music" / "a.wav")
    scanned(tmp_path / "music")
    with pytest.raises(FolderError):
        scanned(tmp_path / "nowhere")
    assert Track.objects.get().missing_since is None


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("01 - Some Band - A Song", ("Some Band", "A Song")),
        ("Some Band - A Song", ("Some Band", "A Song")),
        ("03_A_Song", ("", "A Song")),
        ("1-07. A Song", ("", "A Song")),
        ("02 A Song", ("", "A Song")),
        ("99 Luftballons", ("", "99 Luftballons")),
        ("1999", ("", "1999")),
        ("\x00", ("", "Untitled")),
    ],
)
def test_a_file_without_tags_is_named_by_its_file_name(stem, expected):
    assert from_name(stem) == expected


def test_tags_are_read_and_bad_ones_ignored(tmp_path):
    from mutagen.id3 import TCON, TDRC, TIT2, TPE1, TSRC
    from mutagen.wave import WAVE

    path = write_wav(tmp_path / "x.wav")
    file = WAVE(path)
    file.add_tags()
    said = {TIT2: "Título", TPE1: ["A", "B"], TDRC: "1999-05-01", TCON: "Jazz", TSRC: "no"}
    for frame, text in said.items():
        file.tags.add(frame(text=text))
    file.save()
    tags = read_tags(path)
    assert (tags.title, tags.artist, tags.year, tags.genre, tags.isrc) == ("Título", "A, B", 1999, "Jazz", "")
    path.write_bytes(b"RIFF" + bytes(500))
    assert read_tags(path).title == "x"


@pytest.mark.django_db
def test_the_command_scans_in_processes_lists_broken_files_and_ends_with_one(tmp_path):
    write_wav(tmp_path / "Some Band - A Song.wav")
    (tmp_path / "broken.flac").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(3000))
    out = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("scan_library", str(tmp_path), "--json", stdout=out)
    assert ended.value.code == 1
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines[0]["file"] == str(tmp_path / "broken.flac")
    assert lines[0]["error"]["code"] == "not_sound"
    assert (lines[-1]["read"], lines[-1]["added"], lines[-1]["skipped"]) == (2, 1, 1)
    assert set(TrackVector.objects.values_list("space__name", flat=True)) == {"profile-v1", "minilm-l6-v2"}
