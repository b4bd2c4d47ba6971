"""The full tier's weights are fetched from a hub that speaks the real protocol, checked, and used from where they lie.

The server answers as the hub does: a description of the repository with sizes and checksums, small files themselves,
large ones by a redirect to another host that knows ranges.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command

from core.errors import BadInput, Unavailable
from lab.training import clip_heads
from recommender.library import full_tier
from recommender.library.jobs import process_pool, runner, state
from recommender.models import LibraryJob
from recommender.perception.images import clip, reader
from recommender.perception.weights import downloads
from recommender.perception.weights import hub as full_models
from tests.factories import PlaylistFactory, UserFactory
from tests.local_server import Quiet, running
from tests.recommender.photos import seaside

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = ".safetensors"


class Hub(ThreadingHTTPServer):
    """Serves a folder as the repository ``someone/tiny``. ``moods``: what it does with the next questions for large
    content; ``told``: changes to what it says of the repository; ``asked``: ranges and permissions it was sent."""

    daemon_threads = True

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.folder, self.moods, self.told = folder, list[str](), dict[str, Any]()
        self.asked: list[tuple[str, str]] = []

    def described(self) -> dict[str, Any]:
        siblings = []
        for file in self.folder.iterdir():
            content = file.read_bytes()
            blob = hashlib.sha1(f"blob {len(content)}\0".encode() + content).hexdigest()
            one: dict[str, Any] = {"rfilename": file.name, "size": len(content), "blobId": blob}
            if file.name.endswith(LARGE):
                one["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 134}
            siblings.append(one)
        return {"id": "someone/tiny", "sha": COMMIT, "siblings": siblings} | self.told


class Answer(Quiet):
    server: Hub

    def do_GET(self) -> None:
        place, _, _ = self.path.partition("?")
        if place == "/api/models/someone/tiny" and "blobs=true" in self.path:
            self._send(200, json.dumps(self.server.described()).encode())
            return
        file = self.server.folder / place.rpartition("/")[2]
        if not file.is_file():
            self._send(404, b"")
        elif place.startswith("/large/"):
            self._large(file.read_bytes())
        elif file.name.endswith(LARGE) and place.startswith(f"/someone/tiny/resolve/{COMMIT}/"):
            elsewhere = f"http://localhost:{self.server.server_port}/large/{file.name}"
            self._send(302, b"", {"Location": elsewhere})
        else:
            self._send(200, file.read_bytes())

    def _large(self, content: bytes) -> None:
        span, mood = self.headers.get("Range", ""), self.server.moods.pop(0) if self.server.moods else ""
        self.server.asked.append((span, self.headers.get("Authorization", "")))
        if mood == "429":
            self._send(429, b"", {"Retry-After": "7"})
            return
        content = {"longer": content + b"x", "other": bytes(len(content))}.get(mood, content)
        start = int(span.removeprefix("bytes=").rstrip("-")) if span else 0
        ranged = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        body = content[start:]
        with suppress(ConnectionError):  # the fetcher may hang up
            cut = body[: len(body) // 2] if mood == "cut" else body
            self._send(206 if start else 200, cut, {**ranged, "Content-Length": str(len(body))})
        if mood == "cut":
            self.connection.shutdown(2)

    def _send(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def hub(checkpoint: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    server = Hub(checkpoint)
    with running(server) as address:
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
        monkeypatch.setenv("DYLUMO_CLIP_MODEL", "hf-hub:someone/tiny")
        monkeypatch.setattr(downloads, "FIRST_PAUSE", 0.0)
        monkeypatch.setattr(downloads, "LONGEST_PAUSE", 0.0)
        yield server


def fetch(**options: Any) -> list[str]:
    return full_models.fetch_all(("pictures",), **options)


def refused(code: str) -> None:
    with pytest.raises(Unavailable) as caught:
        fetch()
    assert caught.value.code == code
    assert not clip.on_disk()


@pytest.mark.django_db(transaction=True)
def test_weights_are_fetched_and_then_loaded_without_the_network(
    hub: Hub, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DYLUMO_CLAP_MODEL", str(tmp_path / "own"))
    assert not clip.on_disk()
    assert full_models.fetched() == []
    call_command("models", "fetch", "full")
    job = LibraryJob.objects.get()
    assert (job.kind, job.argument, job.state, job.counts["added"]) == ("models", "full", "done", 1)
    (there,) = full_models.fetched()
    assert (there.repository, there.whole, there.bytes) == ("someone/tiny", True, job.total + len(COMMIT))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    call_command("models", "fetch", "full")  # what is there is not asked for again
    assert clip.on_disk()
    fetched = clip.towers().encode_texts(["a sea"])
    monkeypatch.setenv("DYLUMO_CLIP_MODEL", f"local-dir:{checkpoint}")
    np.testing.assert_allclose(fetched, clip.towers().encode_texts(["a sea"]), atol=1e-4)
    call_command("models", "remove", "full")
    assert full_models.fetched() == []
    monkeypatch.setenv("DYLUMO_CLIP_MODEL", "hf-hub:someone/tiny")
    assert full_tier.standing().stage == full_tier.Stage.OFF, "what was removed does not come back by itself"


def test_a_cut_connection_and_a_busy_hub_are_gone_on_from(hub: Hub) -> None:
    hub.moods = ["cut", "429", "cut"]
    steps: list[tuple[int, int]] = []
    assert fetch(on_bytes=lambda done, total, _: steps.append((done, total))) == ["someone/tiny"]
    assert clip.on_disk()
    spans = [span for span, _ in hub.asked]
    assert spans[0] == ""
    assert spans[1] == spans[2] != ""
    assert int(spans[3][6:-1]) > int(spans[2][6:-1])
    assert steps[-1] == (steps[-1][1],) * 2


def test_a_hub_that_stays_busy_is_left_and_what_came_is_kept(hub: Hub) -> None:
    hub.moods = ["cut", "429", "429", "429", "429", "429"]
    refused("full_offline")
    (begun,) = full_models.fetched()
    assert (begun.repository, begun.whole) == ("someone/tiny", False)
    hub.moods = []
    asked = len(hub.asked)
    fetch()
    assert hub.asked[asked][0].startswith("bytes=")


@pytest.mark.parametrize("mood", ["longer", "other"])
def test_content_that_is_not_what_was_told_never_reaches_the_readers(hub: Hub, mood: str) -> None:
    hub.moods = [mood] * 4
    refused("full_damaged")


def test_a_lying_size_is_found_out(hub: Hub) -> None:
    said = hub.described()["siblings"]
    for one in said:
        for told in (one, one.get("lfs", {})):
            if "size" in told and "lfs" in one:
                told["size"] += 1000
    hub.told = {"siblings": said}
    refused("full_offline")


@pytest.mark.parametrize(
    "told",
    [
        {"sha": "../../etc"},
        {"siblings": [{"rfilename": "../open_clip_model.safetensors", "size": 1, "blobId": "0" * 40}]},
        {"siblings": [{"rfilename": "open_clip_model.safetensors", "size": 1, "blobId": "../x"}]},
        {"siblings": [{"rfilename": "open_clip_model.safetensors", "size": -1, "blobId": "0" * 40}]},
        {"siblings": []},
        {"siblings": "all of them"},
    ],
)
def test_a_description_that_makes_no_sense_is_refused(hub: Hub, told: dict[str, Any]) -> None:
    hub.told = told
    refused("full_damaged")


def test_only_one_of_several_layouts_is_fetched() -> None:
    wanted = ["open_clip_model.safetensors", "open_clip_config.json"]
    files = (*wanted, "model.safetensors", "pytorch_model.bin", "a/b.json", ".hidden.json")
    told = {"sha": COMMIT, "siblings": [{"rfilename": name, "size": 5, "blobId": "0" * 40} for name in files]}
    listing = full_models._listing("someone/tiny", told)
    assert [file.name for file in listing.files] == wanted


def test_the_owners_permission_stays_with_the_hub(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    fetch()
    assert {permission for _, permission in hub.asked} == {""}


def test_a_download_stops_when_its_caller_does_and_goes_on_later(hub: Hub) -> None:
    def stop(done: int, total: int, _: str) -> None:
        if done > total // 2:
            raise state.Cancelled

    with pytest.raises(state.Cancelled):
        fetch(on_bytes=stop)
    assert not clip.on_disk()
    assert fetch() == ["someone/tiny"]
    assert hub.asked[-1][0].startswith("bytes=")


@pytest.mark.django_db(transaction=True)
def test_a_hub_that_is_away_a_full_disk_and_a_local_model_are_said(
    hub: Hub, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DYLUMO_CLIP_MODEL", "hf-hub:someone/else")
    refused("full_not_found")
    monkeypatch.setenv("DYLUMO_CLIP_MODEL", "hf-hub:someone/tiny")
    monkeypatch.setenv("DYLUMO_CLAP_MODEL", str(checkpoint))
    monkeypatch.setattr(full_models, "SPARE_BYTES", 2**60)
    with pytest.raises(SystemExit):
        call_command("models", "fetch", "full", "--json")
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "full_disk"
    assert LibraryJob.objects.get().state == "failed"
    monkeypatch.setenv("DYLUMO_CLIP_MODEL", f"local-dir:{checkpoint}")
    with pytest.raises(BadInput) as caught_local:
        full_models.repository_of("pictures")
    assert caught_local.value.code == "nothing_to_fetch"


def test_what_the_hubs_own_client_left_unfinished_is_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    left = tmp_path / "hub" / "models--someone--tiny" / "blobs"
    left.mkdir(parents=True)
    (left / "abc.incomplete").write_bytes(b"half")
    fetch()
    assert clip.on_disk()
    assert not left.exists()


# --- by itself, in the background


@pytest.mark.django_db(transaction=True)
def test_it_is_fetched_after_the_first_list_and_taken_up_without_a_restart(
    hub: Hub, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.FETCH_MODELS = True
    hub.moods = ["cut"]
    PlaylistFactory(owner=UserFactory(is_active=False))  # a sample, which nobody asked for
    full_tier.tend()
    assert full_tier.standing().stage == full_tier.Stage.WAITING
    assert not LibraryJob.objects.exists()
    PlaylistFactory()
    full_tier.tend()
    full_tier.tend()
    job = LibraryJob.objects.get()
    assert full_tier.standing().stage == full_tier.Stage.FETCHING
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == ("done", job.total)
    assert full_tier.standing().stage == full_tier.Stage.READYING
    full_tier.tend()
    full_tier.tend()
    monkeypatch.setenv("DYLUMO_SHARED", str(tmp_path / "no photos"))
    monkeypatch.setattr(clip_heads, "GENTLY", 0)
    # in this process: a new one takes ten seconds to import what it needs
    monkeypatch.setattr(process_pool, "each", lambda do, items, **_: [(item, do(item)) for item in items])
    runner.run(LibraryJob.objects.get(kind="measure", argument=clip.choice().space).pk)
    assert full_tier.standing().stage == full_tier.Stage.IN_USE
    assert "no rated photos" in full_tier.standing().sentence
    assert reader.read_picture(seaside()).tier == "full"
    full_tier.tend()
    assert LibraryJob.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_owners_no_stands_until_the_yes(hub: Hub, settings: Any) -> None:
    settings.FETCH_MODELS = True
    PlaylistFactory()
    full_tier.switch_off()
    full_tier.tend()
    assert LibraryJob.objects.get().state == "cancelled"
    assert (full_tier.standing().stage, full_tier.standing().switch) == (full_tier.Stage.OFF, "on")
    runner.run(full_tier.switch_on().pk)
    assert full_tier.standing().stage == full_tier.Stage.READYING


@pytest.mark.django_db(transaction=True)
def test_a_running_fetch_stops_at_the_owners_no(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(state, "SAVE_SECONDS", 0.0)
    job = full_tier.switch_on()
    told = full_models.listing

    def then_no(repository: str) -> full_models.Listing:
        full_tier.switch_off()
        return told(repository)

    monkeypatch.setattr(full_models, "listing", then_no)
    runner.run(job.pk)
    assert LibraryJob.objects.get().state == "cancelled"
    assert full_tier.standing().stage == full_tier.Stage.OFF


@pytest.mark.django_db(transaction=True)
def test_a_failed_fetch_is_said_and_tried_again_later(hub: Hub, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FETCH_MODELS = True
    PlaylistFactory()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    full_tier.tend()
    runner.run(LibraryJob.objects.get().pk)
    full_tier.tend()
    assert LibraryJob.objects.count() == 1
    assert full_tier.standing().stage == full_tier.Stage.FAILED
    assert "cannot be reached" in full_tier.standing().sentence
    monkeypatch.setattr(full_tier, "AGAIN_AFTER", full_tier.AGAIN_AFTER * 0)
    full_tier.tend()
    assert LibraryJob.objects.filter(state="queued").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("lacking", ["memory", "disk"])
def test_a_machine_that_is_too_small_is_told_why_in_one_sentence(
    hub: Hub, settings: Any, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    settings.FETCH_MODELS = True
    PlaylistFactory()
    if lacking == "memory":
        monkeypatch.setattr(full_tier.memory, "free", lambda: 2**30)
    else:
        monkeypatch.setattr(full_models, "SPARE_BYTES", 2**60)
    now = full_tier.standing()
    assert now.stage == {"memory": full_tier.Stage.NO_MEMORY, "disk": full_tier.Stage.NO_ROOM}[lacking]
    assert now.sentence.endswith("it is not fetched.")
    assert now.switch == ""
    full_tier.tend()
    assert not LibraryJob.objects.exists()
    with pytest.raises(BadInput):
        full_tier.switch_on()


def test_a_containers_limit_counts(tmp_path: Path) -> None:
    from recommender.perception.weights import memory

    assert memory.free(tmp_path) > 0
    for name, text in (
        ("memory.max", "3000"),
        ("memory.current", "2500"),
        ("memory.stat", "anon 9\ninactive_file 400\n"),
    ):
        (tmp_path / name).write_text(text)
    assert memory.free(tmp_path) == 900
    (tmp_path / "memory.max").write_text("max")
    assert memory.free(tmp_path) > 900
