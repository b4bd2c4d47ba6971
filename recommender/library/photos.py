"""Keeping a person's photo: checked, upright, without metadata, once per owner and content."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from recommender.models import Picture
from recommender.perception.images import uploads
from recommender.perception.images.decode import content_hash


def store_picture(owner: User, data: bytes, name: str = "") -> Picture:
    """Keep ``data`` as a Picture of ``owner``; the same bytes again give the Picture already there.

    Raises ``pictures.PictureError`` when the bytes are no picture Dylumo can read.
    """
    digest = content_hash(data)
    if known := Picture.objects.filter(owner=owner, sha256=digest).first():
        return known
    prepared = uploads.prepared(data, name)
    picture = Picture(
        owner=owner,
        sha256=digest,
        name=name[:200],
        width=prepared.width,
        height=prepared.height,
        expires=timezone.now() + timedelta(days=settings.PICTURE_DAYS),
    )
    try:
        picture.file.save(f"{picture.id}.jpg", ContentFile(prepared.file), save=False)
        picture.thumbnail.save(f"{picture.id}-small.jpg", ContentFile(prepared.thumbnail), save=False)
        with transaction.atomic():
            picture.save(force_insert=True)
    except IntegrityError:  # the same photo arrived twice at once
        _delete_files(picture)
        return Picture.objects.get(owner=owner, sha256=digest)
    except Exception:  # a full disk, a lost database: no file without its row
        _delete_files(picture)
        raise
    return picture


def _delete_files(picture: Picture) -> None:
    for file in (picture.file, picture.thumbnail):
        if file:
            file.delete(save=False)


def forget_picture(picture: Picture) -> None:
    """Delete the row, then its files."""
    picture.delete()
    _delete_files(picture)


def forget_expired() -> int:
    """Forget every photo whose time is over; how many there were."""
    expired = list(Picture.objects.filter(expires__lt=timezone.now()))
    for picture in expired:
        forget_picture(picture)
    return len(expired)
