"""The tiers that are measured from pixels are tested without the built-in networks, which would stand above them."""

from __future__ import annotations

import pytest

from recommender.perception.images import built_in

WITH_NETWORKS = ("test_built_in", "test_picture_concepts")


@pytest.fixture(autouse=True)
def tiers_below(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not any(name in request.node.nodeid for name in WITH_NETWORKS):
        monkeypatch.setattr(built_in, "available", lambda: False)
