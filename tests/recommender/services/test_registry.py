"""Which services a person may use, and that a connection is theirs alone."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.connections import credentials
from accounts.connections.oauth_client import Tokens
from accounts.models import ServiceCredential, User
from recommender.services import registry
from recommender.services.protocol import NeedsReconnect, NotLinked, Query
from tests.factories import UserFactory
from tests.recommender.services.service_apis import SoundCloudApi, SpotifyApi
from tests.recommender.services.test_contract import Serve

pytestmark = pytest.mark.django_db(transaction=True)


def connect(person: User, service: str) -> ServiceCredential:
    tokens = Tokens(access="t0ken", refresh="")
    about = {"account_id": "a", "account_name": "A", "scopes": ["user-read-private"]}
    return credentials.keep(person, service, tokens=tokens, **about)


def names(person: User | None) -> list[str]:
    return [offer.info.name for offer in registry.for_person(person)]


def test_a_person_has_what_they_connected_and_what_needs_no_account() -> None:
    person = UserFactory()
    connect(person, "spotify")
    keyless = ["deezer", "itunes", "musicbrainz", "archive", "listenbrainz"]
    assert names(person) == ["spotify", *keyless]
    assert names(UserFactory()) == names(None) == keyless


def test_a_connection_opens_the_service_for_its_owner_only(serve: Serve) -> None:
    serve(SpotifyApi())
    person = UserFactory()
    connect(person, "spotify")
    assert registry.service_for(person, "spotify").search(Query(words="harbour"))
    with pytest.raises(NotLinked):
        registry.service_for(UserFactory(), "spotify")
    with pytest.raises(NotLinked):
        registry.service_for(person, "nothing")


def test_a_connected_spotify_is_searched_and_stands_by_itself(client: Client, serve: Serve, settings) -> None:
    settings.KEYLESS_SERVICES = []
    serve(SpotifyApi())
    serve(SoundCloudApi())
    person = UserFactory()
    connect(person, "spotify")
    connect(person, "soundcloud")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    told = client.get("/api/v1/search/", {"q": "harbour"}).json()
    sections = {one["service"]: [t["known_from"][0]["service"] for t in one["tracks"]] for one in told["sections"]}
    assert sections == {"": ["soundcloud"], "spotify": ["spotify"]}


def test_a_connection_that_has_ended_is_named_and_the_rest_goes_on(client: Client, serve: Serve, settings) -> None:
    settings.KEYLESS_SERVICES = []
    serve(SoundCloudApi())
    person = UserFactory()
    ended = connect(person, "spotify")
    connect(person, "soundcloud")
    ServiceCredential.objects.filter(pk=ended.pk).update(status=ServiceCredential.Status.NEEDS_RECONNECT)
    with pytest.raises(NeedsReconnect):
        registry.service_for(person, "spotify")
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    text = client.get("/search/", {"q": "harbour", "all": "1"}).content.decode()
    assert "The permission for Spotify has ended." in text
    assert "Blue Harbour" in text
