"""Everything that belongs to a person, found through the models themselves: no list of tables to forget one in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.core.files.storage import Storage
from django.db import models, router

from accounts.models import User


def owning_fields() -> Iterator[models.ForeignKey[Any, Any]]:
    """The foreign keys by which rows belong to a person."""
    for relation in User._meta.related_objects:
        field = relation.field
        if isinstance(field, models.ForeignKey) and field.remote_field.on_delete is models.CASCADE:
            yield field


def rows_of(person: User) -> dict[type[models.Model], list[models.Model]]:
    """The person's row and every row that would be deleted with it, by model."""
    collector = NestedObjects(using=router.db_for_write(User))
    collector.collect([person])
    return {model: sorted(rows, key=lambda row: str(row.pk)) for model, rows in collector.data.items()}


@dataclass(frozen=True)
class StoredFile:
    """A file some row names."""

    name: str
    storage: Storage

    def read(self) -> bytes | None:
        """Its content; None when it is not there any more."""
        if not self.storage.exists(self.name):
            return None
        with self.storage.open(self.name) as file:
            return bytes(file.read())


def delete_all(files: Iterable[StoredFile]) -> None:
    for file in files:
        file.storage.delete(file.name)


def files_of(rows: Iterable[models.Model]) -> Iterator[StoredFile]:
    """The stored files these rows name."""
    for row in rows:
        for field in row._meta.concrete_fields:
            if isinstance(field, models.FileField) and (file := getattr(row, field.name)):
                yield StoredFile(name=str(file.name), storage=file.storage)
