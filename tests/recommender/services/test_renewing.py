"""A token refused before its time: reads go on with a new one, writes are never sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.utils import timezone

from accounts.connections import encryption
from accounts.models import ServiceCredential, User
from recommender.library.jobs import runner
from recommender.models import LibraryJob
from recommender.playlists import publishing
from recommender.services import registry
from recommender.services.protocol import NeedsReconnect, Query, Unreachable
from tests.accounts.oauth_server import CLIENT, SECRET, SERVICES, AuthorizationServer, Grant
from tests.factories import PlaylistFactory, PlaylistItemFactory, TrackFactory, UserFactory
from tests.recommender.services.protocol_server import ProtocolServer, Reply, Request
from tests.recommender.services.service_apis import SoundCloudApi
from tests.recommender.services.test_contract import Serve

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = Reply({"code": 401}, 401)


@pytest.fixture
def accounts(settings: LazySettings) -> Iterator[AuthorizationServer]:
    with AuthorizationServer() as running:
        settings.OAUTH_ENDPOINTS = running.endpoints()
        settings.SERVICE_APPS = dict.fromkeys(SERVICES, (CLIENT, SECRET))
        yield running


@pytest.fixture
def there(serve: Serve, accounts: AuthorizationServer) -> ProtocolServer:
    """A SoundCloud that takes the tokens which the authorisation server knows."""
    api = SoundCloudApi()
    served = serve(api)
    served.trouble = lambda asked: None if _known(asked, accounts) else REFUSED
    api.authorization = ""
    return served


def _known(asked: Request, accounts: AuthorizationServer) -> bool:
    return asked.headers["Authorization"].removeprefix("OAuth ") in accounts.access


@pytest.fixture
def person(accounts: AuthorizationServer) -> User:
    """Somebody whose token looks good here and was ended there."""
    owner: User = UserFactory()
    pair = accounts._issue(Grant("soundcloud", "", "ada"), first=True)
    accounts.access.clear()
    ServiceCredential.objects.create(
        owner=owner,
        service="soundcloud",
        account_id="ada",
        sealed=encryption.seal({"access": pair["access_token"], "refresh": pair["refresh_token"]}),
        expires_at=timezone.now() + timedelta(hours=1),
        issued_at=timezone.now() - timedelta(hours=1),
    )
    return owner


def test_a_refused_read_is_asked_again_once_with_a_new_token(
    person: User, there: ProtocolServer, accounts: AuthorizationServer
) -> None:
    service = registry.service_for(person, "soundcloud")
    assert [one.title for one in service.search(Query(words="harbour"))] == ["Blue Harbour"]
    assert len(there.asked) == 2
    assert accounts.requests["refresh_token"] == 1
    assert service.playlists().items
    assert len(there.asked) == 3


def test_one_that_stays_refused_ends_the_permission(
    person: User, there: ProtocolServer, accounts: AuthorizationServer
) -> None:
    there.trouble = REFUSED
    with pytest.raises(NeedsReconnect):
        registry.service_for(person, "soundcloud").saved()
    assert len(there.asked) == 2
    assert accounts.requests["refresh_token"] == 1
    assert ServiceCredential.objects.get().status == "revoked"


def test_one_that_cannot_be_renewed_needs_connecting_again(
    person: User, there: ProtocolServer, accounts: AuthorizationServer
) -> None:
    accounts.refresh.clear()
    with pytest.raises(NeedsReconnect):
        registry.service_for(person, "soundcloud").saved()
    assert len(there.asked) == 1
    assert ServiceCredential.objects.get().status == "needs_reconnect"


def test_a_refused_write_is_not_sent_again(person: User, there: ProtocolServer, accounts: AuthorizationServer) -> None:
    with pytest.raises(Unreachable):
        registry.service_for(person, "soundcloud").create_playlist("x")
    assert [one.method for one in there.asked] == ["POST"]
    assert accounts.requests["refresh_token"] == 1


def test_a_list_whose_saving_was_refused_half_way_is_saved_once(
    person: User, there: ProtocolServer, accounts: AuthorizationServer
) -> None:
    """The job that wrote looks what is there before it goes on."""
    playlist = PlaylistFactory(owner=person, title="Golden hour")
    for place, song in enumerate(there.api.songs[:3]):  # type: ignore[attr-defined]
        track = TrackFactory(title=song.title, artist=song.artist, duration=song.seconds)
        PlaylistItemFactory(playlist=playlist, track=track, position=place)
    draft = publishing.draft(person, playlist, "soundcloud")
    publishing.resolve(draft, registry.service_for(person, "soundcloud"))
    publishing.send(draft)
    once = [REFUSED]
    there.trouble = lambda asked: once.pop() if once and asked.method == "PUT" else None
    ServiceCredential.objects.update(issued_at=timezone.now() - timedelta(hours=1))
    job = runner.start(LibraryJob.Kind.SAVE, str(draft.pk), person)
    runner.run(job.pk)
    job.refresh_from_db()
    assert (job.state, once) == ("queued", [])
    LibraryJob.objects.filter(pk=job.pk).update(not_before=None)
    runner.run(job.pk)
    draft.refresh_from_db()
    made = [one for one in there.asked if one.method == "POST"]
    assert (draft.state, len(made)) == ("done", 1)
