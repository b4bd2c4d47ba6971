"""Uploads in a bucket of any server that speaks S3: private objects, read through this site only."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from celery import current_app
from storages.backends.s3 import S3Storage

from core.errors import Unavailable

log = logging.getLogger("dylumo.storage")

CONNECT_SECONDS, READ_SECONDS, TRIES = 3, 20, 3
DELETE_AGAIN_SECONDS = 60


class StoreAway(Unavailable):
    code = "store_away"
    message = "The store that keeps photos and songs does not answer right now."


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError, Boto3Error) as error:
        raise StoreAway from error


class Bucket(S3Storage):
    """``S3Storage`` whose failures are the site's own errors: FileNotFoundError for what is not there, else StoreAway.

    Nothing here gives addresses to browsers: who may see a file is asked at every request.
    """

    def get_default_settings(self) -> dict[str, Any]:
        client = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": TRIES, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": "path"},
        )
        theirs: dict[str, Any] = super().get_default_settings()
        return theirs | {"client_config": client, "file_overwrite": False, "default_acl": None, "use_threads": True}

    def _open(self, name: str, mode: str = "rb") -> Any:
        with _answering():
            file = super()._open(name, mode)
            return file.open()  # fetched here: reading it cannot fail later, where nobody expects it

    def _save(self, name: str, content: Any) -> str:
        with _answering():
            return str(super()._save(name, content))

    def exists(self, name: str) -> bool:
        with _answering():
            return bool(super().exists(name))

    def size(self, name: str) -> int:
        with _answering():
            return int(super().size(name))

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _answering():
            folders, files = super().listdir(name)
            return folders, files

    def delete(self, name: str) -> None:
        """What was to be forgotten is forgotten: while the store does not answer, a worker tries again and again."""
        try:
            self.delete_now(name)
        except StoreAway:
            log.warning("%s will be deleted later: the store does not answer", name)
            current_app.send_task("dylumo_site.tasks.delete_file", [name], countdown=DELETE_AGAIN_SECONDS)

    def delete_now(self, name: str) -> None:
        """Raises StoreAway."""
        with _answering():
            super().delete(name)

    def answers(self) -> bool:
        """Whether the bucket is there and may be used."""
        try:
            with _answering():
                self.connection.meta.client.head_bucket(Bucket=self.bucket_name)
        except StoreAway:
            return False
        return True
