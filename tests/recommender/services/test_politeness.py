"""Nobody is asked too often, and YouTube's day is not overspent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from recommender.services import rate_limit, youtube_quota
from recommender.services.protocol import Query, QuotaSpent, RateLimited, ServiceError
from recommender.services.rate_limit import RateLimit
from tests.recommender.services.protocol_server import Reply
from tests.recommender.services.service_apis import DeezerApi, MusicBrainzApi, YouTubeApi
from tests.recommender.services.test_contract import Serve


def test_a_burst_is_let_through_and_the_next_waits_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rate_limit.PACES, "deezer", RateLimit(1 / 100, 3))
    waits: list[float] = []
    for _ in range(5):
        rate_limit.acquire("deezer", 300.0, waits.append)
    assert waits == [pytest.approx(100, abs=20), pytest.approx(200, abs=20)]


def test_a_wait_beyond_ones_patience_is_refused_at_once_and_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rate_limit.PACES, "musicbrainz", RateLimit(1 / 100, 1))
    waits: list[float] = []
    rate_limit.acquire("musicbrainz", 1.0, waits.append)
    for _ in range(3):
        with pytest.raises(RateLimited) as caught:
            rate_limit.acquire("musicbrainz", 1.0, waits.append)
        assert caught.value.retry_after == pytest.approx(100, abs=20)
    assert waits == []


def test_many_at_once_share_one_bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rate_limit.PACES, "deezer", RateLimit(1, 5))

    def try_once(_: int) -> bool:
        try:
            rate_limit.acquire("deezer", 0.0)
        except RateLimited:
            return False
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(try_once, range(40))) == 5


def test_the_same_public_question_is_asked_once(serve: Serve) -> None:
    served = serve(api := MusicBrainzApi())
    first = api.service().search(Query(words="harbour"))
    assert api.service().search(Query(words="harbour")) == first
    api.service().search(Query(words="song"))
    assert len(served.asked) == 2


def test_a_failure_is_not_remembered(serve: Serve) -> None:
    served = serve(api := DeezerApi())
    served.trouble = Reply({"error": {"type": "Exception", "code": 700}})
    with pytest.raises(ServiceError):
        api.service().search(Query(words="harbour"))
    served.trouble = None
    assert api.service().search(Query(words="harbour"))


def test_deezer_says_with_a_success_that_too_much_was_asked(serve: Serve) -> None:
    serve(api := DeezerApi()).trouble = Reply({"error": {"type": "Exception", "message": "Quota", "code": 4}})
    with pytest.raises(RateLimited):
        api.service().search(Query(words="harbour"))


def test_the_hundred_and_first_search_of_a_day_is_not_asked(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve(api := YouTubeApi())
    for _ in range(100):
        youtube_quota.consume("searches", 1)
    with pytest.raises(QuotaSpent) as caught:
        api.service().search(Query(words="harbour"))
    assert caught.value.retry_after and caught.value.retry_after <= 25 * 3600
    assert served.asked == []
    tomorrow = datetime.now(UTC).replace(year=2031)
    monkeypatch.setattr("recommender.services.youtube_quota.timezone.now", lambda: tomorrow)
    assert api.service().search(Query(words="harbour"))


def test_a_search_again_costs_nothing(serve: Serve) -> None:
    serve(api := YouTubeApi())
    for _ in range(3):
        api.service().search(Query(words="harbour"))
    assert youtube_quota.left("searches") == 99


def test_what_google_says_is_believed_over_our_own_count(serve: Serve) -> None:
    served = serve(api := YouTubeApi())
    served.trouble = Reply({"error": {"errors": [{"reason": "quotaExceeded"}]}}, 403)
    for _ in range(2):
        with pytest.raises(QuotaSpent):
            api.service().playlists()
    assert len(served.asked) == 1
    assert youtube_quota.left("units") == 0
    assert youtube_quota.left("searches") == 100


def test_a_list_of_twenty_costs_1050_units_and_stops_before_the_day_is_overspent(serve: Serve) -> None:
    serve(api := YouTubeApi())
    service = api.service()
    made = service.create_playlist("x")
    for _ in range(20):
        service.add_tracks(made.external_id, [api.id(api.songs[0])])
    assert youtube_quota.left("units") == 10_000 - 1050


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        (datetime(2026, 11, 25, 8, 0, tzinfo=UTC), 24),  # midnight there
        (datetime(2026, 11, 25, 7, 59, 59, tzinfo=UTC), 1 / 3600),
        (datetime(2026, 11, 1, 7, 0, tzinfo=UTC), 25),  # clocks go back
        (datetime(2026, 3, 8, 8, 0, tzinfo=UTC), 23),
    ],
)
def test_the_day_ends_at_midnight_in_pacific_time(now: datetime, hours: float) -> None:
    assert youtube_quota.seconds_left(now) == pytest.approx(hours * 3600)
