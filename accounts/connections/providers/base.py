"""What the three providers share: PKCE, our scopes, a checked profile, and a token answer that is kept whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.client import OAuth2Client, OAuth2Error
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView
from allauth.utils import get_request_param
from django.http import HttpRequest, HttpResponse

from accounts.connections import oauth_client
from accounts.connections.errors import ServiceError
from accounts.connections.services import ServiceDefinition, authorize_origins
from core.http import policy

PERMISSIONS = {"read", "save"}
View = Callable[..., HttpResponse]


class NotLetIn(ProviderException):
    """The person agreed, but the service refuses this copy their account (403)."""


class MusicProvider(OAuth2Provider):
    """Scopes come from ``service`` and from what the person is about to do, never from the address that was called."""

    service: ClassVar[ServiceDefinition]
    pkce_enabled_default = True

    def get_scope_from_request(self, request: HttpRequest) -> list[str]:
        if get_request_param(request, "process") != "connect":
            return self.service.scopes("sign_in")
        permission = get_request_param(request, "permission")
        return self.service.scopes(permission if permission in PERMISSIONS else "read")

    def get_auth_params_from_request(self, request: HttpRequest, _action: str) -> dict[str, str]:
        connecting = get_request_param(request, "process") == "connect"
        return self.connecting_params() if connecting else {}

    def connecting_params(self) -> dict[str, str]:
        """What else is said when a person connects their music."""
        return {}

    def redirect(self, request: HttpRequest, process: str, **kwargs: Any) -> HttpResponse:
        # Where an answer names no scopes, it grants those asked for (RFC 6749, 5.1).
        data = {"asked": kwargs.get("scope") or []}
        response: HttpResponse = super().redirect(request, process, **{**kwargs, "data": data})
        return response

    def extract_extra_data(self, _data: dict[str, Any]) -> dict[str, Any]:
        """Nothing of the profile is kept but the id (``uid``); the name stands with the permission."""
        return {}


class Client(OAuth2Client):
    def get_redirect_url(self, authorization_url: str, scope: list[str], extra_params: dict[str, Any]) -> str:
        url: str = super().get_redirect_url(authorization_url, scope, extra_params)
        return url if scope else url.replace("scope=&", "")


class MusicAdapter(OAuth2Adapter):
    service: ClassVar[ServiceDefinition]
    authorization = "Bearer"
    client_class = Client

    @property
    def authorize_url(self) -> str:
        return self.service.endpoint("authorize")

    @property
    def access_token_url(self) -> str:
        return self.service.endpoint("token")

    @property
    def basic_auth(self) -> bool:
        return self.service.basic_auth

    def get_access_token_data(self, request: HttpRequest, app: Any, client: Any, **kwargs: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = super().get_access_token_data(request, app, client, **kwargs)
            oauth_client.read_answer(self.service.name, answer)
        except (KeyError, ServiceError) as error:  # no content type; no token
            raise OAuth2Error("the token answer makes no sense") from error
        return answer

    def parse_token(self, data: dict[str, Any]) -> SocialToken:
        """allauth's token, with the granted scopes beside it: they travel through a pending sign-up too."""
        read = oauth_client.read_answer(self.service.name, data)
        token = SocialToken(token=read.access, token_secret=read.refresh, expires_at=read.expires_at)
        token.granted = None if read.scopes is None else list(read.scopes)
        return token

    def complete_login(self, request: HttpRequest, _app: Any, token: SocialToken, **_kwargs: Any) -> SocialLogin:
        with get_adapter().get_requests_session() as session:
            response = session.get(
                self.service.endpoint("profile"),
                headers={"Authorization": f"{self.authorization} {token.token}"},
                allow_redirects=False,
            )
        if response.status_code == 403:
            raise NotLetIn
        response.raise_for_status()
        profile = response.json()
        provider = self.get_provider()
        if not isinstance(profile, dict) or not provider.extract_uid(profile):
            raise ProviderException("a profile without an id")
        login = provider.sociallogin_from_response(request, profile)
        token.account_name = provider.name_of(profile)
        return login


def login_view(adapter: type[MusicAdapter]) -> View:
    """allauth's view, whose form may lead to the service: browsers hold redirects of forms to the policy as well."""
    view: View = OAuth2LoginView.adapter_view(adapter)

    def allowed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = policy(authorize_origins())
        return response

    return allowed


def callback_view(adapter: type[MusicAdapter]) -> View:
    view: View = OAuth2CallbackView.adapter_view(adapter)
    return view
