"""The small models are fetched: resumed, checked, tried again, and never half there. A local server stands in."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import threading
from collections import namedtuple
from collections.abc import Iterator
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.test import Client

from recommender.library.jobs import runner
from recommender.library.jobs.state import Cancelled
from recommender.models import LibraryJob
from recommender.perception.weights import downloads, loaders
from recommender.perception.weights.downloads import DownloadError
from recommender.perception.weights.manifest import LITE, ModelFile
from tests.local_server import Quiet, running

CONTENT = os.urandom(300_000)


class Publisher(ThreadingHTTPServer):
    """Serves ``files``; does what ``mood`` says and keeps a list of what was asked of it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.files = {"/model": CONTENT}
        self.moods: list[str] = []
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Answer(Quiet):
    server: Publisher

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.server.asked.append(wanted)
        mood = self.server.moods.pop(0) if self.server.moods else ""
        content = self.server.files.get(self.path)
        if mood.isdigit() or content is None:
            self.send_error(int(mood or 404))
            return
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and mood != "no ranges" else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        body = content[start:]
        with suppress(ConnectionError):  # the fetcher may hang up
            self.wfile.write(body[: len(body) // 2] if mood == "cut" else body)
        if mood == "cut":
            self.connection.shutdown(2)


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher()
    with running(server):
        yield server


def wanted(*addresses: str, content: bytes = CONTENT, name: str = "image/model") -> ModelFile:
    return ModelFile(
        name=name,
        sense="pictures",
        what="a model",
        version="1",
        licence="MIT",
        publisher="someone",
        addresses=addresses,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
    )


def pauses() -> tuple[list[float], downloads.Sleep]:
    slept: list[float] = []
    return slept, slept.append


def fetch(folder: Path, file: ModelFile, **options: object) -> list[ModelFile]:
    options.setdefault("sleep", lambda seconds: None)
    return downloads.fetch(folder, (file,), **options)  # type: ignore[arg-type]


def test_a_file_is_fetched_once_with_progress_and_then_left_alone(publisher: Publisher, tmp_path: Path) -> None:
    file, steps = wanted(f"{publisher.url}/model"), []
    assert fetch(tmp_path, file, on_bytes=lambda done, total, note: steps.append((done, total))) == [file]
    assert (tmp_path / file.name).read_bytes() == CONTENT
    assert steps == sorted(steps)
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert fetch(tmp_path, file) == []
    assert len(publisher.asked) == 1


def test_a_cut_connection_is_taken_up_where_it_broke_off(publisher: Publisher, tmp_path: Path) -> None:
    publisher.moods = ["cut"]
    slept, sleep = pauses()
    fetch(tmp_path, wanted(f"{publisher.url}/model"), sleep=sleep)
    assert (tmp_path / "image/model").read_bytes() == CONTENT
    assert publisher.asked == ["", f"bytes={len(CONTENT) // 2}-"]
    assert slept == [1.0]


def test_a_stopped_download_goes_on_in_another_process(publisher: Publisher, tmp_path: Path) -> None:
    file = wanted(f"{publisher.url}/model")

    def stop(done: int, total: int, note: str) -> None:
        if done >= 100_000:
            raise Cancelled()

    with pytest.raises(Cancelled):
        fetch(tmp_path, file, on_bytes=stop)
    assert not (tmp_path / file.name).exists()
    assert downloads.held(tmp_path, (file,))[0].state == "part"
    fetch(tmp_path, file)
    assert publisher.asked[1].startswith("bytes=")
    assert (tmp_path / file.name).read_bytes() == CONTENT


def test_a_server_that_knows_no_ranges_starts_over(publisher: Publisher, tmp_path: Path) -> None:
    publisher.moods = ["cut", "no ranges"]
    fetch(tmp_path, wanted(f"{publisher.url}/model"))
    assert (tmp_path / "image/model").read_bytes() == CONTENT


def test_a_file_that_is_not_what_it_should_be_is_thrown_away(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/model"] = bytes(len(CONTENT))
    with pytest.raises(DownloadError) as caught:
        fetch(tmp_path, wanted(f"{publisher.url}/model"))
    assert caught.value.code == "models_damaged"
    assert [path for path in tmp_path.rglob("*model*") if path.is_file()] == []


def test_a_damaged_part_costs_one_clean_start(publisher: Publisher, tmp_path: Path) -> None:
    file = wanted(f"{publisher.url}/model")
    part = downloads.part_of(tmp_path, file)
    part.parent.mkdir(parents=True)
    part.write_bytes(b"something else")
    fetch(tmp_path, file)
    assert (tmp_path / file.name).read_bytes() == CONTENT
    assert publisher.asked == ["bytes=14-", ""]


def test_a_longer_answer_is_not_read_to_its_end(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/model"] = CONTENT + bytes(10_000_000)
    with pytest.raises(DownloadError) as caught:
        fetch(tmp_path, wanted(f"{publisher.url}/model"))
    assert caught.value.code == "models_damaged"


def test_an_address_that_is_gone_gives_way_to_the_next(publisher: Publisher, tmp_path: Path) -> None:
    fetch(tmp_path, wanted(f"{publisher.url}/gone", f"{publisher.url}/model"))
    assert (tmp_path / "image/model").exists()
    with pytest.raises(DownloadError) as caught:
        fetch(tmp_path, wanted(f"{publisher.url}/gone", name="other"))
    assert caught.value.code == "models_not_found"


def test_a_file_that_cannot_be_had_does_not_keep_the_others_away(publisher: Publisher, tmp_path: Path) -> None:
    lost = wanted(f"{publisher.url}/gone", name="a/lost")
    found = wanted(f"{publisher.url}/model", name="b/found")
    with pytest.raises(DownloadError) as caught:
        downloads.fetch(tmp_path, (lost, found), sleep=lambda seconds: None)
    assert caught.value.code == "models_not_found"
    assert (tmp_path / "b/found").read_bytes() == CONTENT


def test_a_host_that_is_silent_is_waited_for_once(tmp_path: Path) -> None:
    slept, sleep = pauses()
    files = tuple(wanted("http://127.0.0.1:9/model", name=name) for name in "abc")
    with pytest.raises(DownloadError):
        downloads.fetch(tmp_path, files, sleep=sleep)
    assert slept == [1.0, 2.0, 4.0]


def test_a_busy_server_is_asked_again_with_growing_pauses(publisher: Publisher, tmp_path: Path) -> None:
    publisher.moods = ["503", "429"]
    slept, sleep = pauses()
    fetch(tmp_path, wanted(f"{publisher.url}/model"), sleep=sleep)
    assert slept == [1.0, 2.0]


def test_without_a_network_a_sentence_comes_back(tmp_path: Path) -> None:
    with pytest.raises(DownloadError) as caught:
        fetch(tmp_path, wanted("http://127.0.0.1:9/model"))
    assert caught.value.code == "models_offline"
    assert "works without them" in caught.value.hint


def test_a_server_that_falls_silent_is_not_waited_for(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "PATIENCE", 0.2)
    held = threading.Event()
    monkeypatch.setattr(Answer, "do_GET", lambda self: held.wait(5))
    with pytest.raises(DownloadError) as caught:
        fetch(tmp_path, wanted(f"{publisher.url}/model"))
    held.set()
    assert caught.value.code == "models_offline"


def test_a_full_disk_is_told_before_and_while_it_fills(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = wanted(f"{publisher.url}/model")
    usage = namedtuple("usage", "total used free")
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 1000))
        with pytest.raises(DownloadError) as before:
            fetch(tmp_path, file)
    assert publisher.asked == []

    def full(done: int, total: int, note: str) -> None:
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(DownloadError) as during:
        fetch(tmp_path, file, on_bytes=full)
    assert {before.value.code, during.value.code} == {"models_disk"}


def test_of_two_fetchers_one_works_and_the_other_finds_it_done(publisher: Publisher, tmp_path: Path) -> None:
    file, results = wanted(f"{publisher.url}/model"), []
    threads = [threading.Thread(target=lambda: results.append(fetch(tmp_path, file))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=len) == [[], [file]]
    assert len(publisher.asked) == 1


def test_verifying_finds_what_changed_and_removing_leaves_nothing(publisher: Publisher, tmp_path: Path) -> None:
    file = wanted(f"{publisher.url}/model")
    fetch(tmp_path, file)
    assert downloads.verify(tmp_path, (file,))[0].state == "whole"
    (tmp_path / file.name).write_bytes(b"x")
    assert downloads.verify(tmp_path, (file,))[0].state == "damaged"
    assert downloads.remove(tmp_path, (file,)) == [file]
    assert downloads.held(tmp_path, (file,))[0].state == "absent"


def test_the_manifest_is_complete_and_names_every_file_that_readers_look_for() -> None:
    from recommender.perception.audio import musicnn, yamnet
    from recommender.perception.images import detector, expressions

    names = {file.name for file in LITE}
    assert {
        loaders.IMAGE_EMBEDDING_FILE,
        loaders.IMAGE_CLASSES_FILE,
        loaders.IMAGE_CLASS_NAMES_FILE,
        detector.DETECTOR_FILE,
        detector.DETECTOR_NAMES_FILE,
        expressions.EXPRESSIONS_FILE,
        musicnn.SOUND_TAGS_FILE,
        yamnet.EVENTS_FILE,
        yamnet.EVENT_NAMES_FILE,
    } == names
    for file in LITE:
        assert len(file.sha256) == 64
        assert all(address.startswith("https://") for address in file.addresses)
        assert file.licence in {"Apache-2.0", "MIT"}


def test_the_files_at_hand_are_those_of_the_manifest(shared_data: Path) -> None:
    assert {one.state for one in downloads.verify(shared_data / "weights")} == {"whole"}


# --- the job, the command and the report


@pytest.fixture
def small_manifest(publisher: Publisher, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModelFile:
    """One small file in place of the publishers', and an empty folder to fetch it to."""
    file = wanted(f"{publisher.url}/model", name="detect/coco_labels.txt")
    monkeypatch.setattr(runner, "LITE", (file,))
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path / "models"))
    return file


@pytest.mark.django_db(transaction=True)
def test_a_worker_fetches_the_models_and_they_are_taken_up_at_once(small_manifest: ModelFile) -> None:
    assert loaders.on_disk(small_manifest.name) is None
    runner.start_models()
    job = LibraryJob.objects.get(kind=LibraryJob.Kind.MODELS)
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.counts["added"]) == ("done", small_manifest.size, 1)
    assert loaders.on_disk(small_manifest.name) is not None
    runner.start_models()
    assert LibraryJob.objects.filter(kind=LibraryJob.Kind.MODELS).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_failed_fetch_is_a_sentence_in_the_job_and_in_the_report(
    publisher: Publisher, small_manifest: ModelFile, client: Client
) -> None:
    publisher.files.clear()
    runner.start_models()
    job = LibraryJob.objects.get(kind=LibraryJob.Kind.MODELS)
    runner.run(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"
    assert job.error is not None
    assert job.error["code"] == "models_not_found"
    models = {part["name"]: part for part in client.get("/health/").json()["parts"]}["models"]
    assert models["ok"]
    assert job.error["message"] in models["finding"]


@pytest.mark.django_db(transaction=True)
def test_a_mirror_of_ones_own_is_asked_first(
    publisher: Publisher, small_manifest: ModelFile, settings: LazySettings
) -> None:
    publisher.files = {f"/mirror/{small_manifest.name}": CONTENT}
    settings.MODELS_URL = f"{publisher.url}/mirror/"
    runner.run_here(LibraryJob.Kind.MODELS)
    assert loaders.on_disk(small_manifest.name) is not None


@pytest.mark.django_db
def test_the_command_tells_what_is_there(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    call_command("models", "list", "--json")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {line["state"] for line in lines} == {"absent"}
    assert {line["file"] for line in lines} == {file.name for file in LITE}
    with pytest.raises(SystemExit):
        call_command("models", "verify")
    call_command("models", "remove", "--json")
    assert "removed" not in capsys.readouterr().out.splitlines()[-1]
