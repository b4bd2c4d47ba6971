"""A person's right to leave: everything Dylumo keeps of them in one file, and everything deleted in one click.

Both work on the same set of rows (``owned_data.rows_of``), so the export shows exactly what deletion removes.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import PurePath

from django.core import serializers
from django.db import transaction

from accounts.models import User
from accounts.owned_data import delete_all, files_of, rows_of

SECRETS = {
    *("password", "data", "session_key", "key", "token", "token_secret", "digest", "sealed"),
    *("share_token", "share_password"),
}
"""Fields that open doors. They are deleted with the rest, and never leave in an export."""


def export(person: User) -> bytes:
    """A zip archive: one JSON file a kind of row, and the stored files under ``files/``."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("README.txt", f"Everything this copy of Dylumo keeps of {person}.\n")
        for model, rows in rows_of(person).items():
            kept = [field.name for field in model._meta.concrete_fields if field.name not in SECRETS]
            told = serializers.serialize("python", rows, fields=kept)
            bundle.writestr(
                f"{model._meta.label_lower}.json", json.dumps(told, default=str, ensure_ascii=False, indent=1)
            )
            for file in files_of(rows):
                if (content := file.read()) is not None:
                    bundle.writestr(f"files/{PurePath(file.name)}", content)
    return archive.getvalue()


def forget(person: User) -> None:
    """Delete the person, every row of theirs, and after that the files."""
    with transaction.atomic():
        files = [file for rows in rows_of(person).values() for file in files_of(rows)]
        person.delete()
        transaction.on_commit(lambda: delete_all(files))
