"""Where uploads are kept: on the disk, each file whole or not there at all."""

from __future__ import annotations

import uuid
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.files.storage import FileSystemStorage


class WholeFiles(FileSystemStorage):
    """Writes a draft and renames it, so that a full disk or a lost process leaves no half of a file."""

    def _save(self, name: str, content: Any) -> str:
        wanted = PurePosixPath(name)
        draft = str(wanted.with_name(f".{uuid.uuid4().hex}.draft"))
        try:
            super()._save(draft, content)  # type: ignore[misc]
            Path(self.path(draft)).replace(self.path(name))
        except BaseException:
            Path(self.path(draft)).unlink(missing_ok=True)
            raise
        return name
