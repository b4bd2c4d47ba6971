"""Connect, connect again, refuse, replay, sign up and disconnect, against a real authorisation server."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts import guests
from accounts.connections import encryption
from accounts.models import ServiceCredential, User
from tests.accounts.conftest import Connect, come_back
from tests.accounts.oauth_server import AuthorizationServer
from tests.factories import ConversationFactory, GuestFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough sentence 7"
PAGE = "/accounts/connections/"
SERVICE = {"spotify": "spotify", "google": "youtube", "soundcloud": "soundcloud"}


def only() -> ServiceCredential:
    return ServiceCredential.objects.get()


def secrets_of(row: ServiceCredential) -> dict[str, str]:
    return encryption.unseal(row.sealed)


@pytest.mark.parametrize("provider", SERVICE)
def test_connecting_keeps_account_scopes_and_sealed_tokens(
    client: Client, ada: User, server: AuthorizationServer, connect: Connect, provider: str
) -> None:
    assert connect(provider)["Location"] == PAGE
    row = only()
    assert (row.owner, row.service, row.status, row.account_name) == (ada, SERVICE[provider], "active", "Ada-There")
    assert secrets_of(row)["access"] in server.access and secrets_of(row)["refresh"] in server.refresh
    assert set(row.scopes) == set(server.asked[0].get("scope", "").split())
    page = client.get(PAGE).content.decode()
    assert "Ada-There" in page and "Disconnect" in page


def test_spotify_is_known_by_its_lasting_account_id(ada: User, connect: Connect) -> None:
    connect("spotify")
    assert only().account_id == "acc-ada-there"


def test_youtube_is_asked_for_only_when_music_is_connected(
    ada: User, server: AuthorizationServer, connect: Connect
) -> None:
    connect("google")
    connect("google", permission="save")
    asked = [set(one["scope"].split()) for one in server.asked]
    assert "https://www.googleapis.com/auth/youtube.readonly" in asked[0]
    assert "https://www.googleapis.com/auth/youtube" not in asked[0]
    assert "https://www.googleapis.com/auth/youtube" in asked[1]
    assert (server.asked[0]["access_type"], server.asked[0]["include_granted_scopes"]) == ("offline", "true")


def test_scopes_and_parameters_in_the_address_are_not_passed_on(
    client: Client, ada: User, server: AuthorizationServer
) -> None:
    begun = client.post("/accounts/spotify/login/?process=connect&scope=user-modify-everything&auth_params=show=1")
    come_back(client, begun)
    assert "user-modify-everything" not in server.asked[0]["scope"] and "show" not in server.asked[0]


def test_connecting_again_renews_the_same_row(ada: User, server: AuthorizationServer, connect: Connect) -> None:
    connect("spotify")
    before = only()
    ServiceCredential.objects.update(status="needs_reconnect")
    connect("spotify", permission="save")
    again = only()
    assert again.pk == before.pk and again.status == "active"
    assert secrets_of(again) != secrets_of(before) and "playlist-modify-private" in again.scopes


def test_saying_no_there_changes_nothing_and_is_said(
    client: Client, ada: User, server: AuthorizationServer, connect: Connect
) -> None:
    server.agree = False
    assert connect("spotify")["Location"] == PAGE
    assert not ServiceCredential.objects.exists()
    assert "because you said no there" in client.get(PAGE).content.decode()


def test_a_box_left_unticked_at_google_is_said(
    client: Client, ada: User, server: AuthorizationServer, connect: Connect
) -> None:
    server.granted = "openid email profile"
    assert connect("google")["Location"] == PAGE
    assert not ServiceCredential.objects.exists()
    assert "box was not ticked" in client.get(PAGE).content.decode()


def test_an_account_that_spotify_does_not_let_in_gets_a_page_that_says_why(
    ada: User, server: AuthorizationServer, connect: Connect
) -> None:
    server.refuse_profile = True
    answer = connect("spotify")
    assert answer.status_code == 401 and "does not let this copy" in answer.content.decode()
    assert not ServiceCredential.objects.exists()


def test_a_replayed_answer_does_nothing(client: Client, ada: User, server: AuthorizationServer) -> None:
    address = come_back(client, client.post("/accounts/spotify/login/?process=connect"))
    client.get(address)
    before = secrets_of(only())
    again = client.get(address)
    assert again.status_code == 401 and "already used" in again.content.decode()
    assert secrets_of(only()) == before and server.requests["authorization_code"] == 1


def test_a_code_that_was_used_elsewhere_is_refused(client: Client, ada: User, server: AuthorizationServer) -> None:
    address = come_back(client, client.post("/accounts/soundcloud/login/?process=connect"))
    server.codes.clear()
    answer = client.get(address)
    assert answer.status_code == 401 and "did not complete" in answer.content.decode()


def test_an_answer_with_somebody_elses_state_is_refused(client: Client, ada: User, server: AuthorizationServer) -> None:
    mallory = Client()
    mallory.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    planted = come_back(mallory, mallory.post("/accounts/spotify/login/?process=connect"))
    answer = client.get(planted)
    assert answer.status_code == 401 and "another browser" in answer.content.decode()
    assert not ServiceCredential.objects.exists()


def test_a_code_without_its_verifier_is_worth_nothing(ada: User, server: AuthorizationServer, connect: Connect) -> None:
    server.forget_verifier = True
    assert connect("google").status_code == 401
    assert not ServiceCredential.objects.exists()


@pytest.mark.parametrize("trouble", ["down", "garbled"])
def test_a_service_in_trouble_gives_a_page(
    ada: User, server: AuthorizationServer, connect: Connect, trouble: str
) -> None:
    setattr(server, trouble, True)
    assert connect("spotify").status_code == 401


def test_an_account_that_somebody_else_connected_stays_theirs(
    client: Client, ada: User, server: AuthorizationServer, connect: Connect
) -> None:
    connect("spotify")
    theirs = secrets_of(only())
    client.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert connect("spotify")["Location"] == PAGE
    assert "different account" in client.get(PAGE).content.decode()
    assert only().owner == ada and secrets_of(only()) == theirs


def test_a_service_this_copy_is_not_registered_at_says_so(client: Client, ada: User, settings) -> None:
    settings.SERVICE_APPS = {}
    assert "has not registered it at Spotify" in client.get(PAGE).content.decode()
    answer = client.post("/accounts/spotify/login/?process=connect")
    assert answer.status_code == 409 and "service_not_configured" in answer.content.decode()


def test_the_owner_is_told_how_to_register(client: Client, settings) -> None:
    settings.SERVICE_APPS = {}
    client.force_login(UserFactory(is_staff=True), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(PAGE).content.decode()
    assert "DYLUMO_GOOGLE_CLIENT_ID" in page and "http://testserver/accounts/google/login/callback/" in page


def test_guests_are_asked_to_sign_up(client: Client) -> None:
    session = client.session
    session[guests.SESSION_KEY] = GuestFactory().pk
    session.save()
    assert client.get(PAGE)["Location"].startswith("/accounts/signup/?next=")


def as_guest(client: Client) -> User:
    guest = GuestFactory()
    session = client.session
    session[guests.SESSION_KEY] = guest.pk
    session.save()
    return guest


def test_a_guest_who_signs_up_by_google_keeps_their_things(client: Client, connect: Connect) -> None:
    guest = as_guest(client)
    mine = ConversationFactory(owner=guest)
    connect("google", process="login")
    user = User.objects.get()
    assert (user.pk, user.email, user.name, user.is_guest) == (guest.pk, "ada-there@example.org", "Ada-There", False)
    assert client.get(f"/c/{mine.pk}/").status_code == 200
    assert not ServiceCredential.objects.exists()  # a plain sign-in connects no music


def test_signing_up_by_soundcloud_asks_for_an_address_and_keeps_the_token_sealed_meanwhile(
    client: Client, server: AuthorizationServer, connect: Connect
) -> None:
    guest = as_guest(client)
    assert connect("soundcloud", process="login")["Location"] == "/accounts/3rdparty/signup/"
    waiting = str(dict(client.session))
    assert "sealed" in waiting and not any(token in waiting for token in server.access | server.refresh)
    client.post("/accounts/3rdparty/signup/", {"email": "ada@example.org"})
    user = User.objects.get()
    assert (user.pk, user.email, user.is_guest) == (guest.pk, "ada@example.org", False)
    assert only().owner == user and secrets_of(only())["access"] in server.access


def test_a_guest_who_signs_in_by_google_takes_their_things_along(client: Client, ada: User, connect: Connect) -> None:
    connect("google")
    client.logout()
    mine = ConversationFactory(owner=as_guest(client))
    connect("google", process="login")
    mine.refresh_from_db()
    assert mine.owner == ada and User.objects.count() == 1


def test_a_plain_sign_in_leaves_the_connected_music_as_it_is(
    client: Client, ada: User, server: AuthorizationServer, connect: Connect
) -> None:
    connect("google", permission="save")
    before = only()
    connect("google", process="login")
    assert only().scopes == before.scopes and secrets_of(only()) == secrets_of(before)


def test_disconnecting_ends_it_there_and_deletes_it_here(
    client: Client, ada: User, server: AuthorizationServer, connect: Connect
) -> None:
    for provider, kind in (("google", "refresh"), ("soundcloud", "access")):
        connect(provider)
        token = secrets_of(only())[kind]
        page = client.post(reverse("disconnect", args=[only().pk]), follow=True).content.decode()
        assert server.revoked[-1] == token and "ended the permission as well" in page
        assert not ServiceCredential.objects.exists() and not ada.socialaccount_set.exists()


def test_spotify_cannot_be_told_and_that_is_said(client: Client, ada: User, connect: Connect) -> None:
    connect("spotify")
    page = client.post(reverse("disconnect", args=[only().pk]), follow=True).content.decode()
    assert "offers no way to end a permission" in page


def test_a_service_that_is_away_does_not_keep_one_connected(
    client: Client, ada: User, server: AuthorizationServer, connect: Connect
) -> None:
    connect("google")
    server.down = True
    page = client.post(reverse("disconnect", args=[only().pk]), follow=True).content.decode()
    assert "could not be told" in page and not ServiceCredential.objects.exists()


def test_the_only_way_to_sign_in_stays(client: Client, connect: Connect) -> None:
    connect("soundcloud", process="login")
    client.post("/accounts/3rdparty/signup/", {"email": "ada@example.org"})
    page = client.post(reverse("disconnect", args=[only().pk]), follow=True).content.decode()
    assert "You still sign in with SoundCloud" in page
    assert User.objects.get().socialaccount_set.exists() and not ServiceCredential.objects.exists()


def test_strangers_neither_see_nor_end_a_connection(client: Client, ada: User, connect: Connect) -> None:
    connect("spotify")
    stranger = Client()
    stranger.force_login(UserFactory(), backend="django.contrib.auth.backends.ModelBackend")
    assert "Ada-There" not in stranger.get(PAGE).content.decode()
    for method in (stranger.get, stranger.post):
        assert method(reverse("disconnect", args=[only().pk])).status_code == 404
    assert Client().post(reverse("disconnect", args=[only().pk])).status_code == 302
    assert ServiceCredential.objects.exists()


def test_a_link_alone_connects_and_disconnects_nothing(client: Client, ada: User, connect: Connect) -> None:
    assert client.get("/accounts/spotify/login/?process=connect").status_code == 200
    connect("spotify")
    assert client.get(reverse("disconnect", args=[only().pk])).status_code == 200  # it only says what would go
    assert ServiceCredential.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")
    assert strict.post(reverse("disconnect", args=[only().pk])).status_code == 403
    assert strict.post("/accounts/spotify/login/?process=connect").status_code == 403


def test_the_sign_in_page_offers_what_is_registered(client: Client, server: AuthorizationServer, settings) -> None:
    settings.SERVICE_APPS = {"youtube": settings.SERVICE_APPS["youtube"]}
    page = client.get("/accounts/login/").content.decode()
    assert re.findall(r'href="/accounts/(\w+)/login/', page) == ["google"]


def test_the_policy_lets_the_form_lead_to_the_services_and_nowhere_else(
    client: Client, ada: User, server: AuthorizationServer
) -> None:
    for address in (PAGE, "/accounts/google/login/"):
        policy = client.get(address)["Content-Security-Policy"]
        assert policy.endswith(f"form-action 'self' {server.origin}")
    assert client.get("/accounts/my-data/")["Content-Security-Policy"].endswith("form-action 'self'")
