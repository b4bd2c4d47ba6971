"""Nobody reaches another person's things by any address of the site. The addresses come from the URL resolver: a new
one is tried without being written down here, and one with a part that no case fills fails the test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RoutePattern

from accounts import api_tokens
from accounts.connections import credentials
from accounts.connections.music_server import WayIn
from accounts.guests import SESSION_KEY
from accounts.models import ApiToken, User
from accounts.owned_data import rows_of
from agents.models import Collected, Collection, Turn
from feedback.models import CuratedPair, PeopleStudy
from recommender.models import Delivery, LibraryJob, ServiceEntry, ServicePlaylist, ServiceTrack, Track
from tests.factories import (
    ConversationFactory,
    EventFactory,
    ExperimentFactory,
    GuestFactory,
    LibraryJobFactory,
    PictureFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    ReactionFactory,
    TrackFactory,
    TurnFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MARK = "Zyxomma"
"""A word that only Ada's things hold."""
REFUSED = {302, 400, 401, 403, 404, 405, 415}
METHODS = {"/api/": ("get", "post", "put", "patch", "delete")}
PAGES = ("get", "post")
NOT_ADAS = {
    "pattern": "waves", "seed": 1, "valence": 1, "arousal": 1, "token": "a-token-nobody-gave", "form": "csv",
    "size": "small", "name": "list", "part": "why", "service": "spotify", "number": 1, "task_id": 1,
    "content_type_id": 1, "pk": 1,
}  # fmt: skip
"""Parts of addresses by which nobody's things are named, or that nobody can guess."""


@dataclass(frozen=True)
class Ada:
    """Somebody with one of everything. ``parts``: what stands for it in addresses, by the name of the part."""

    person: User
    parts: dict[str, list[Any]]


@pytest.fixture
def ada(settings: LazySettings) -> Ada:
    settings.KEYLESS_SERVICES = []
    person = UserFactory(email="zyxomma@example.org", name=MARK)
    picture = PictureFactory(owner=person, name=f"{MARK}.jpg")
    picture.file.save("beach.jpg", ContentFile(MARK.encode()))
    picture.thumbnail.save("beach-small.jpg", ContentFile(MARK.encode()))
    picture.save()
    track = TrackFactory(owner=person, title=MARK, source=Track.Source.FILES)
    playlist = PlaylistFactory(owner=person, title=MARK, picture=picture)
    PlaylistItemFactory(playlist=playlist, track=track, reason=MARK)
    conversation = ConversationFactory(owner=person, title=MARK, picture=picture, head=playlist)
    turn = TurnFactory(
        conversation=conversation, text=MARK, picture=picture, playlist=playlist, state=Turn.State.FAILED, error={}
    )
    EventFactory(turn=turn, payload={"text": MARK})
    reaction = ReactionFactory(owner=person, track=track)
    job = LibraryJobFactory(owner=person, argument=f"/{MARK}", state=LibraryJob.State.QUEUED)
    token, _ = api_tokens.make(person, MARK)
    credential = credentials.keep_server(
        person, "subsonic", WayIn(base_url="https://zyxomma.example", username=MARK, secret=MARK)
    )
    library = ServicePlaylist.objects.create(
        owner=person, credential=credential, service="subsonic", external_id="1", title=MARK
    )
    told = ServiceTrack.objects.create(
        **owned_by(ServiceTrack, person), service="subsonic", external_id="1", title=MARK
    )
    entry = ServiceEntry.objects.create(playlist=library, told=told, position=1)
    collection = Collection.objects.create(owner=person, name=MARK)
    Collected.objects.create(collection=collection, conversation=conversation)
    delivery = Delivery.objects.create(owner=person, playlist=playlist, service="spotify", title=MARK)
    pair = CuratedPair.objects.create(picture=picture, track=track, origin=CuratedPair.Origin.RANKED)
    return Ada(
        person,
        {
            "conversation_id": [conversation.pk],
            "turn_id": [turn.pk],
            "track_id": [track.pk],
            "list_id": [playlist.pk],
            "playlist_id": [playlist.pk, library.pk],
            "picture_id": [picture.pk],
            "reaction_id": [reaction.pk],
            "job_id": [job.pk],
            "entry_id": [entry.pk],
            "delivery_id": [delivery.pk],
            "collection_id": [collection.pk],
            "pair_id": [pair.pk],
            "token_id": [token.pk],
            "credential_id": [credential.pk],
            "person_id": [person.pk],
            "object_id": [person.pk],
            "experiment_id": [ExperimentFactory().pk],
            "study_id": [PeopleStudy.objects.create(owner=person, title=MARK, question=MARK).pk],
        },
    )


def owned_by(model: Any, person: User) -> dict[str, Any]:
    return {"owner": person} if any(field.name == "owner" for field in model._meta.fields) else {}


def patterns(under: list[Any], before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for one in under:
        if isinstance(one, URLResolver):
            yield from patterns(one.url_patterns, (*before, one.pattern))
        else:
            assert isinstance(one, URLPattern)
            yield (*before, one.pattern)


def addresses(ada: Ada) -> Iterator[tuple[str, bool]]:
    """Each address of the site, with Ada's things in it; and whether they are in it."""
    for way in patterns(get_resolver().url_patterns):
        named = {name for pattern in way for name in pattern.converters} if way else set()
        if not all(isinstance(pattern, RoutePattern) for pattern in way):
            continue  # regular expressions are allauth's own, and the API's last resort: no thing is named by them
        unknown = named - set(ada.parts) - set(NOT_ADAS)
        route = "/" + "".join(pattern._route for pattern in way)
        assert not unknown, f"{route}: say in this test what stands for {unknown}"
        hers = bool(named & set(ada.parts))
        longest = max((len(ada.parts[name]) for name in named & set(ada.parts)), default=1)
        for turn in range(longest):
            address = route
            for pattern in way:
                for name in pattern.converters:
                    kinds = ada.parts.get(name) or [NOT_ADAS[name]]
                    value = str(kinds[min(turn, len(kinds) - 1)])
                    address = replaced(address, name, value)
            yield address, hers


def replaced(route: str, name: str, value: str) -> str:
    before, _, rest = route.partition("<")
    while rest:
        part, _, after = rest.partition(">")
        if part.rpartition(":")[2] == name:
            return f"{before}{value}{after}"
        inner, _, rest = after.partition("<")
        before = f"{before}<{part}>{inner}"
    return route


def kept(person: User) -> dict[str, list[dict[str, Any]]]:
    """Everything of a person's, as it is stored."""
    return {
        model._meta.label: [
            {
                field.attname: getattr(row, field.attname)
                for field in row._meta.concrete_fields
                if field.name != "last_seen"
            }
            for row in rows
        ]
        for model, rows in rows_of(person).items()
    }


def body(answer: HttpResponse | StreamingHttpResponse) -> bytes:
    if answer.streaming:
        assert answer.status_code in REFUSED, "a stream of somebody else's"
        return b""
    return bytes(answer.content)


def visitor(kind: str) -> Client:
    client = Client(raise_request_exception=False)
    if kind == "a guest":
        session = client.session
        session[SESSION_KEY] = GuestFactory().pk
        session.save()
    elif kind == "another account":
        client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("kind", ["nobody", "a guest", "another account"])
def test_no_address_gives_a_stranger_anything(ada: Ada, kind: str) -> None:
    before, found, asked = kept(ada.person), [], 0
    client = visitor(kind)
    # what forms and programs would name: all of Ada's things at once
    named = {name.removesuffix("_id"): str(values[0]) for name, values in ada.parts.items()}
    named |= {"list": named["list"], "kind": "like", "text": "calm", "value": 5, "on": "1", "action": "delete"}
    for address, hers in addresses(ada):
        if address.startswith("/accounts/logout") or "/search/events/" in address:
            continue
        methods = next((told for start, told in METHODS.items() if address.startswith(start)), PAGES)
        for method in methods:
            for data in ({}, named) if method == "post" else ({},):
                told = {"content_type": "application/json"} if address.startswith("/api/") and method != "get" else {}
                answer = getattr(client, method)(address, data, **told)
                asked += 1
                trouble = (
                    "error" if answer.status_code >= 500 else
                    "given" if hers and answer.status_code not in REFUSED else
                    "told" if MARK.encode() in body(answer) or MARK in str(answer.headers) else
                    ""
                )  # fmt: skip
                if trouble:
                    found.append((trouble, method, address, answer.status_code))
    assert not found, found
    assert kept(ada.person) == before
    assert ApiToken.objects.filter(owner=ada.person).exists()
    assert asked > 250, f"only {asked} requests: is the resolver walked?"


def test_the_sweep_would_see_a_leak(ada: Ada) -> None:
    """Ada herself gets her things by the same addresses, so a refusal is no accident of how they are asked for."""
    client = Client()
    client.force_login(ada.person, backend="django.contrib.auth.backends.ModelBackend")
    hers = [address for address, owned in addresses(ada) if owned and not address.startswith("/admin/")]
    opened = [address for address in hers if client.get(address).status_code == 200]
    assert len(opened) >= 15, opened
    assert MARK in client.get(reverse("conversation", args=ada.parts["conversation_id"])).content.decode()
    assert str(uuid.UUID(str(ada.parts["list_id"][0]))) in " ".join(hers)
