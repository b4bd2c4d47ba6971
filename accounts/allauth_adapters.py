"""What allauth must do differently here: a guest who signs up or in keeps what they made, and what a music service
grants is kept sealed."""

from __future__ import annotations

import json
import logging
from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import api_tokens, guests, invitations
from accounts.connections import credentials, encryption, oauth_apps
from accounts.connections.oauth_client import Tokens
from accounts.connections.providers.base import NotLetIn
from accounts.connections.services import for_provider, service_definition
from accounts.models import User

log = logging.getLogger("dylumo.accounts")


LETTER_SENT = "account/messages/email_confirmation_sent.txt"
NO_LETTERS = _(
    "Your address cannot be confirmed yet: this copy of Dylumo sends no mail. Everything works without it; only a lost "
    "password cannot be reset by you."
)
NOT_INVITED = _("The invitation is for another e-mail address.")


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return invitations.may_sign_up(request)

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """Where no letter can leave, none is promised: it lies in a folder that only this copy's owner can read.
        Whoever asks for one is told; whoever has just signed up is not bothered."""
        template = args[0] if args else kwargs.get("message_template")
        if template == LETTER_SENT and not settings.EMAIL_URL_HOST:
            if request.path == reverse("account_email"):
                messages.add_message(request, level, NO_LETTERS)
        else:
            super().add_message(request, level, *args, **kwargs)

    def clean_email(self, email: str) -> str:
        cleaned: str = super().clean_email(email)
        if not (self.request.user.is_authenticated or invitations.fits(self.request, cleaned)):
            raise ValidationError(NOT_INVITED)
        return cleaned

    def new_user(self, request: HttpRequest) -> User:
        """Signing up turns the guest's own row into the account: nothing has to be moved."""
        return guests.guest_of(request) or User()

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        user.is_guest = False
        saved: User = super().save_user(request, user, form, commit)
        if commit:
            request.session.pop(guests.SESSION_KEY, None)
        return saved

    def set_password(self, user: User, password: str) -> None:
        """Changed or reset: other browsers are signed out by it, and programs too."""
        super().set_password(user, password)
        api_tokens.revoke_all(user)

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Signing in to an account that was there before: the guest's things move over to it."""
        if guest := guests.guest_of(request):
            guests.carry_over(guest, user)
            request.session.pop(guests.SESSION_KEY, None)
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Registrations come from ``oauth_apps``; what a service grants is sealed as a ServiceCredential and nowhere
    else."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return invitations.may_sign_up(request) and invitations.fits(request, sociallogin.user.email or "")

    def list_apps(
        self, _request: HttpRequest | None, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        apps = [(service_definition(app.service), app) for app in oauth_apps.configured()]
        return [
            SocialApp(provider=service.provider, name=service.title, client_id=app.client_id, secret=app.secret)
            for service, app in apps
            if provider in {None, service.provider} and client_id in {None, app.client_id}
        ]

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        oauth_apps.app_for(for_provider(provider).name)  # says plainly when there is none
        return super().get_app(request, provider, client_id)

    def new_user(self, _request: HttpRequest, _sociallogin: SocialLogin) -> User:
        """Not the guest's row yet: allauth would take it for somebody who has signed in here before."""
        return User()

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Signing up by a service turns the guest's own row into the account, as signing up by e-mail does."""
        if guest := guests.guest_of(request):
            guest.email, guest.name, guest.is_guest = sociallogin.user.email, sociallogin.user.name, False
            sociallogin.user = guest
        user: User = super().save_user(request, sociallogin, form)
        request.session.pop(guests.SESSION_KEY, None)
        self._keep(user, sociallogin)
        return user

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.name = str(data.get("name") or "")[:80]
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Somebody known connects or signs in: keep what the service has just granted."""
        owner = sociallogin.user if sociallogin.is_existing else None
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            self._demand_music(request, sociallogin)
            if owner in {None, request.user} and request.user.is_authenticated:
                self._keep(request.user, sociallogin)
        elif owner:
            self._keep(owner, sociallogin)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        context = extra_context if extra_context is not None else {}
        log.info("%s: sign-in ended, %s", provider.id, type(exception).__name__ if exception else error)
        connecting = (context.get("state") or {}).get("process") == AuthProcess.CONNECT
        if error == AuthError.CANCELLED and connecting:
            self._back(
                request,
                gettext("{service} was not connected, because you said no there.").format(service=provider.name),
            )
        context["provider_name"] = provider.name
        context["trouble"] = (
            "not_let_in"
            if isinstance(exception, NotLetIn)
            else "stale"
            if "state_id" in context
            else "cancelled"
            if error == AuthError.CANCELLED
            else "refused"
        )

    def get_connect_redirect_url(self, _request: HttpRequest, _socialaccount: Any) -> str:
        return reverse("connections")

    def serialize_instance(self, instance: Any) -> dict[str, Any]:
        """A sign-up that waits for an address lies in the session, which is stored: its token is sealed there too."""
        if not isinstance(instance, SocialToken):
            fields: dict[str, Any] = super().serialize_instance(instance)
            return fields
        return {"sealed": encryption.seal({"token": json.dumps(super().serialize_instance(instance))})}

    def deserialize_instance(self, model: type[Model], data: Any) -> Any:
        if model is SocialToken:
            try:
                data = json.loads(encryption.unseal(data["sealed"])["token"])
            except (TypeError, KeyError, encryption.Unreadable) as error:
                raise ValueError from error  # allauth then lets the person begin again
        return super().deserialize_instance(model, data)

    def _keep(self, owner: User, sociallogin: SocialLogin) -> None:
        service, granted = for_provider(sociallogin.account.provider), _granted(sociallogin)
        if not service.has_music_scope(granted):
            return  # a plain sign-in: whatever is connected already stays as it is
        token = sociallogin.token
        credentials.keep(
            owner,
            service.name,
            account_id=sociallogin.account.uid,
            account_name=token.account_name,
            tokens=Tokens(access=token.token, refresh=token.token_secret, expires_at=token.expires_at),
            scopes=granted,
        )

    def _demand_music(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        service = for_provider(sociallogin.account.provider)
        if not service.has_music_scope(_granted(sociallogin)):
            told = gettext("{service} was not connected: its box was not ticked there. Connect it again.")
            self._back(request, told.format(service=service.title))

    def _back(self, request: HttpRequest, complaint: str) -> NoReturn:
        messages.error(request, complaint)
        raise ImmediateHttpResponse(redirect("connections"))


def _granted(sociallogin: SocialLogin) -> list[str]:
    """The scopes the service said it granted; those asked for where it did not say."""
    granted: list[str] | None = sociallogin.token.granted
    asked: list[str] = (sociallogin.state.get("data") or {}).get("asked", [])
    return asked if granted is None else granted
