"""Photos are kept for a time and then forgotten, files and all."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image

from recommender.library import photos
from recommender.models import Picture
from recommender.tasks import forget_expired_pictures
from tests.factories import UserFactory


@pytest.mark.django_db
def test_an_expired_photo_is_forgotten_with_its_files_and_a_fresh_one_stays():
    kept = []
    for colour in ("red", "blue"):
        data = BytesIO()
        Image.new("RGB", (64, 64), colour).save(data, "PNG")
        kept.append(photos.store_picture(UserFactory(), data.getvalue()))
    old, fresh = kept
    Picture.objects.filter(pk=old.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert forget_expired_pictures() == 1
    assert list(Picture.objects.all()) == [fresh]
    assert not Path(old.file.path).exists()
    assert Path(fresh.file.path).exists()
