"""Fetching the full tier's weights from the model hub: resumed, checked to the byte, with room on the disk.

The hub tells which files a repository has, with their sizes and checksums; ``downloads`` fetches them, as it fetches
the small models. They grow in a folder of their own below the hub's and are moved, whole and checked, to where readers
look for them (the layout of the hub's own cache): a model is there as a whole, or not at all.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import BadInput, Unavailable
from recommender.perception.audio import clap
from recommender.perception.images import clip
from recommender.perception.weights import downloads
from recommender.perception.weights.downloads import DownloadError, OnBytes
from recommender.perception.weights.loaders import hub_folder
from recommender.perception.weights.manifest import ModelFile

SENSES = ("pictures", "sound")
HUB = "https://huggingface.co"
SPARE_BYTES = 512 * 2**20
"""Disk space to leave free for everything else."""
LONGEST_ANSWER = 4 * 2**20
"""Of the hub's description of a repository, in bytes."""
SMALL = (".json", ".txt", ".model")
WEIGHTS = (r"open_clip_model\.safetensors", r"open_clip_pytorch_model\.bin", r".+\.safetensors", r"pytorch_model\.bin")
"""The first of these that a repository has is fetched: many hold the same weights in several layouts."""
NAME, COMMIT, SHA1, SHA256 = r"[\w-][\w.-]*", r"[0-9a-f]{40}", r"[0-9a-f]{40}", r"[0-9a-f]{64}"


@dataclass(frozen=True)
class Fetched:
    """A repository in the hub's folder: its name, the bytes it holds, and whether it is whole."""

    repository: str
    bytes: int
    whole: bool


@dataclass(frozen=True)
class Listing:
    """What the hub has of a repository at one commit, as far as it is needed."""

    repository: str
    commit: str
    files: tuple[ModelFile, ...]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)


def fetched() -> list[Fetched]:
    """What is there of any repository, by names and sizes only."""
    return [
        Fetched(folder.name.removeprefix("models--").replace("--", "/"), _bytes_of(folder), is_whole(folder))
        for place in (hub_folder(), _begun())
        for folder in sorted(place.glob("models--*"))
    ]


def remove() -> list[Fetched]:
    """Delete every repository, and what was begun of any; those that were there."""
    gone = fetched()
    for place in (hub_folder(), _begun()):
        for folder in place.glob("models--*"):
            shutil.rmtree(folder)
    return gone


def repository_of(sense: str) -> str:
    """The hub repository that the settings name for ``pictures`` or ``sound``. Raises BadInput when they name a file
    of the owner's instead, which needs no fetching."""
    name = {"pictures": lambda: clip.choice().repository, "sound": clap.source}[sense]()
    if not name or Path(name).is_absolute() or Path(name).is_dir():
        raise BadInput(f"The model for {sense} is a local one: there is nothing to fetch.", code="nothing_to_fetch")
    return name


def fetch_all(senses: tuple[str, ...] = SENSES, on_bytes: OnBytes | None = None) -> list[str]:
    """Fetch what the settings name for these senses; the repositories that were not there yet. A model of the owner's
    own needs no fetching and is passed over.

    ``on_bytes`` as in ``downloads``. Raises Unavailable (``full_disk``, ``full_offline``, ``full_damaged``), and
    whatever ``on_bytes`` raises; what was fetched by then is kept, and the next time goes on from there.
    """
    wanted = []
    for sense in senses:
        try:
            wanted.append(repository_of(sense))
        except BadInput:
            continue
    missing = [listing(repository) for repository in wanted if not is_whole(place_of(repository))]
    before, total = 0, sum(one.bytes for one in missing)
    check_disk(total - sum(one.bytes for one in fetched() if not one.whole))
    for one in missing:
        _fetch(one, before, total, on_bytes or (lambda *_: None))
        before += one.bytes
    return [one.repository for one in missing]


def listing(repository: str) -> Listing:
    """Ask the hub what it has. Raises Unavailable (``full_offline``, ``full_not_found``, ``full_damaged``)."""
    import httpx

    address = f"{_hub()}/api/models/{repository}"
    try:
        with (
            downloads.client_with(_permission()) as client,
            client.stream("GET", address, params={"blobs": "true"}) as answer,
        ):
            if answer.status_code in {401, 403, 404}:
                raise _unavailable("full_not_found", repository)
            answer.raise_for_status()
            text = b""
            for block in answer.iter_raw():
                text += block
                if len(text) > LONGEST_ANSWER:
                    raise _unavailable("full_damaged", repository)
        return _listing(repository, httpx.Response(200, content=text).json())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _unavailable("full_offline", repository) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unavailable("full_damaged", repository) from error


def check_disk(wanted: int) -> None:
    """Raises Unavailable (``full_disk``) when so many bytes would not leave enough room."""
    hub_folder().mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(hub_folder()).free < wanted + SPARE_BYTES:
        raise Unavailable(
            "There is not enough space on the disk for the full tier's models.",
            hint=f"Free about {(wanted + SPARE_BYTES) / 2**30:.1f} GB, or set DYLUMO_MODEL_DIR to another disk.",
            code="full_disk",
        )


def place_of(repository: str) -> Path:
    """Where a repository lies when it is whole."""
    return hub_folder() / _folder_name(repository)


def is_whole(folder: Path) -> bool:
    """Whether a repository's folder holds weights where readers look for them."""
    if folder.parent == _begun():
        return False
    names = [file.name for file in folder.glob("snapshots/*/*") if file.is_file()]
    return any(re.fullmatch(kind, name) for kind in WEIGHTS for name in names)


def _fetch(wanted: Listing, before: int, total: int, on_bytes: OnBytes) -> None:
    growing = _begun() / _folder_name(wanted.repository)
    snapshot = growing / "snapshots" / wanted.commit

    def tell(done: int, _of_this: int, _file: str) -> None:
        on_bytes(before + done, total, wanted.repository)

    with downloads.only_one(_begun(), lambda: on_bytes(before, total, wanted.repository)):
        if is_whole(place := place_of(wanted.repository)):
            return  # another process was faster
        for old in growing.glob("snapshots/*"):
            if old != snapshot:
                shutil.rmtree(old)  # of a commit that the hub has replaced
        try:
            downloads.fetch(snapshot, wanted.files, on_bytes=tell, headers=_permission())
        except DownloadError as error:
            raise _unavailable(error.code.replace("models_", "full_"), wanted.repository) from error
        (growing / "refs").mkdir(exist_ok=True)
        (growing / "refs" / "main").write_text(wanted.commit)
        (snapshot / ".lock").unlink()
        shutil.rmtree(place, ignore_errors=True)  # what the hub's own client once left unfinished
        growing.replace(place)


def _listing(repository: str, told: Mapping[str, Any]) -> Listing:
    """The hub's answer, of which nothing is believed that does not look as it should. Raises ValueError, KeyError or
    TypeError."""
    commit = str(told["sha"])
    if not re.fullmatch(COMMIT, commit):
        raise ValueError("no commit")
    names = {str(one["rfilename"]): one for one in told["siblings"]}
    names = {name: one for name, one in names.items() if re.fullmatch(NAME, name)}
    weights = next(filter(None, ([n for n in names if re.fullmatch(kind, n)] for kind in WEIGHTS)), [])
    if not weights:
        raise ValueError("no weights")
    kept = [name for name in names if name.endswith(SMALL) or name in weights]
    return Listing(repository, commit, tuple(_file(repository, commit, name, names[name]) for name in kept))


def _file(repository: str, commit: str, name: str, told: Mapping[str, Any]) -> ModelFile:
    large = told.get("lfs") or {}
    sha256, blob = str(large.get("sha256", "")), "" if large else str(told["blobId"])
    size = int(large["size"] if large else told["size"])
    if size < 0 or not re.fullmatch(SHA256 if large else SHA1, sha256 or blob):
        raise ValueError("no checksum")
    return ModelFile(
        name=name,
        sense="",
        what="",
        version=commit,
        licence="",
        publisher=repository,
        addresses=(f"{_hub()}/{repository}/resolve/{commit}/{name}",),
        sha256=sha256,
        size=size,
        blob=blob,
    )


FAILURES = {
    "full_offline": (
        "{repository} could not be fetched from the model hub: it cannot be reached, or asks for rest.",
        "Check the network, then try again: what was fetched is kept.",
    ),
    "full_not_found": (
        "The model hub has no {repository}, or does not give it to everybody.",
        "Check the name in DYLUMO_CLIP_MODEL or DYLUMO_CLAP_MODEL, and HF_TOKEN if the model wants one.",
    ),
    "full_damaged": (
        "What the model hub gave as {repository} is not what it should be, and was thrown away.",
        "Dylumo works without it. Try again later.",
    ),
    "full_disk": (
        "{repository} could not be written to the disk: it is full, or its folder may not be written.",
        "Free some space or check the permissions of DYLUMO_MODEL_DIR, then try again: what was fetched is kept.",
    ),
}


def _unavailable(code: str, repository: str) -> Unavailable:
    message, hint = FAILURES[code]
    return Unavailable(message.format(repository=repository), hint=hint, code=code)


def _hub() -> str:
    return os.environ.get("HF_ENDPOINT", HUB).rstrip("/")


def _permission() -> dict[str, str]:
    """The owner's token for the hub, where there is one."""
    from huggingface_hub import get_token

    token = get_token()
    return {"Authorization": f"Bearer {token}"} if token else {}


def _folder_name(repository: str) -> str:
    return f"models--{repository.replace('/', '--')}"


def _begun() -> Path:
    """Where repositories grow; on the same disk as the hub's folder, so that they can be moved in one step."""
    return hub_folder() / ".begun"


def _bytes_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
