"""Keep, end and watch over people's permissions at music services.

States: ``active -> expiring`` as its end comes near, ``active | expiring -> needs_reconnect`` when it has ended,
``active | expiring -> revoked`` when the service refuses a token it has only just given, any state ``-> active`` by
connecting again. Disconnecting deletes the row, and with it everything that came from that service.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.connections import encryption, jellyfin, oauth_client, plex, subsonic
from accounts.connections.errors import NotConfigured
from accounts.connections.music_server import WayIn
from accounts.connections.oauth_apps import app_for
from accounts.connections.oauth_client import Tokens
from accounts.connections.services import SERVICE_DEFINITIONS, service_definition
from accounts.models import ServiceCredential, User
from core.errors import NotFound

Status = ServiceCredential.Status
WAYS_IN: dict[str, Callable[[str, str, str], WayIn]] = {
    subsonic.SERVICE: subsonic.way_in,
    jellyfin.SERVICE: jellyfin.way_in,
    plex.SERVICE: plex.way_in,
}
"""How each kind of own server is tried: address, name, and password or key."""
ENDS = {jellyfin.SERVICE: jellyfin.end}
"""How those that gave a token take it back: address and token."""


@transaction.atomic
def keep(
    owner: User, service: str, *, account_id: str, account_name: str, tokens: Tokens, scopes: Iterable[str]
) -> ServiceCredential:
    """Write down what the person has just allowed. An answer without a refresh token leaves the one that is there."""
    known = (
        ServiceCredential.objects.select_for_update()
        .filter(owner=owner, service=service, account_id=account_id)
        .first()
    )
    row = known or ServiceCredential(owner=owner, service=service, account_id=account_id)
    refresh = tokens.refresh or (_refresh_of(known) if known else "")
    now = timezone.now()
    if tokens.refresh or known is None:
        row.authorised_at = now
    row.account_name = account_name[:200]
    row.sealed = encryption.seal({"access": tokens.access, "refresh": refresh})
    row.scopes = sorted(set(scopes))
    row.status = Status.ACTIVE
    row.issued_at, row.expires_at = now, tokens.expires_at
    row.save()
    return row


def connect_server(owner: User, service: str, address: str, username: str, secret: str) -> ServiceCredential:
    """Try the way into an own server of ``WAYS_IN``, then keep it. Raises BadServer, WrongPassword, Unreachable."""
    return keep_server(owner, service, WAYS_IN[service](address, username, secret))


def keep_server(owner: User, service: str, way: WayIn) -> ServiceCredential:
    """Write down the way into a person's own music server. A token that it takes the place of is taken back."""
    name = way.account or way.username
    account_id = f"{name}@{way.base_url}"[:300]
    before = ServiceCredential.objects.filter(owner=owner, service=service, account_id=account_id).first()
    row, _ = ServiceCredential.objects.update_or_create(
        owner=owner,
        service=service,
        account_id=account_id,
        defaults={
            "account_name": (name or way.base_url)[:200],
            "base_url": way.base_url,
            "username": way.username,
            "sealed": encryption.seal({"access": way.secret}),
            "status": Status.ACTIVE,
            "authorised_at": timezone.now(),
            "issued_at": timezone.now(),
        },
    )
    if before:
        _end_there(before, unless=way.secret)
    return row


def disconnect(
    owner: User, credential_id: int, *, before: Callable[[ServiceCredential], None] = lambda _row: None
) -> str:
    """End the permission at the service, then delete it and all that came by it. Returns what happened, in a sentence.
    ``before`` is called in the transaction that deletes.

    The account stays a way to sign in where it is the only one. Raises NotFound when it is not the owner's."""
    row = ServiceCredential.objects.filter(owner=owner, pk=credential_id).first()
    if row is None:
        raise NotFound
    service = service_definition(row.service)
    ended = _end_there(row)
    with transaction.atomic():
        before(row)
        row.delete()
        stays = _forget_sign_in(owner, service.provider, row.account_id)
    told = _("{service} is disconnected, and what came from it is deleted.")
    if ended or not (service.endpoint("revoke") or row.service in ENDS):
        told += f" {_(service.disconnect_notice)}"
    else:
        told += " " + _("{service} could not be told: end the permission on your account's page there too.")
    if stays:
        told += " " + _("You still sign in with {service}, because this account has no password yet.")
    return told.format(service=_(service.title))


def mark_ending() -> int:
    """Mark the permissions that end whatever is done, and those that have; how many changed."""
    changed, now = 0, timezone.now()
    for service in SERVICE_DEFINITIONS.values():
        if service.token_lifetime is None or service.warn is None:
            continue
        usable = ServiceCredential.objects.filter(service=service.name, status__in=ServiceCredential.USABLE)
        changed += usable.filter(authorised_at__lte=now - service.token_lifetime).update(status=Status.NEEDS_RECONNECT)
        changed += usable.filter(authorised_at__lte=now - service.warn, status=Status.ACTIVE).update(
            status=Status.EXPIRING
        )
    return changed


def _refresh_of(row: ServiceCredential) -> str:
    try:
        return encryption.unseal(row.sealed).get("refresh", "")
    except encryption.Unreadable:
        return ""


def _end_there(row: ServiceCredential, unless: str = "") -> bool:
    """Whether the service has ended the permission; one whose token is ``unless`` is left."""
    try:
        secrets = encryption.unseal(row.sealed)
        if row.service in WAYS_IN:
            gives = row.service in ENDS and secrets["access"] != unless
            return gives and ENDS[row.service](row.base_url, secrets["access"])
        return oauth_client.end(app_for(row.service), secrets.get("access", ""), secrets.get("refresh", ""))
    except (NotConfigured, encryption.Unreadable):
        return False


def _forget_sign_in(owner: User, provider: str, account_id: str) -> bool:
    """Whether the account had to stay as the only way to sign in."""
    account = SocialAccount.objects.filter(user=owner, provider=provider, uid=account_id).first()
    if account is None:
        return False
    others = SocialAccount.objects.filter(user=owner).exclude(pk=account.pk)
    if not owner.has_usable_password() and not others.exists():
        return True
    account.delete()
    return False
