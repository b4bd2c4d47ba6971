"""The connections page: connect music services, and connect them again. What disconnecting deletes belongs to the music
that came by them: ``recommender.library.disconnect_views``."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts.connections import subsonic
from accounts.connections.credentials import WAYS_IN
from accounts.connections.overview import connections_of
from accounts.connections.services import authorize_origins
from accounts.forms import MusicServerForm
from accounts.models import User
from core.errors import NotFound
from core.http import policy

# A connection must outlive a browser's session, so it belongs to an account: guests are asked to sign up.
account_required = login_required(login_url="account_signup")


@never_cache
@account_required
@require_GET
def connections(request: HttpRequest) -> HttpResponse:
    return _page(request)


@sensitive_post_parameters("secret")
@account_required
@require_POST
def connect_server(request: HttpRequest) -> HttpResponse:
    service = request.POST.get("service", subsonic.SERVICE)
    if service not in WAYS_IN:
        raise NotFound("There is no such kind of server.")
    form = MusicServerForm(service, request.POST)
    row = form.connect(cast(User, request.user))
    if row is None:
        return _page(request, form, status=400)
    messages.success(request, _("Your music server is connected: {address}.").format(address=row.base_url))
    return redirect("connections")


def _page(request: HttpRequest, sent: MusicServerForm | None = None, status: int = 200) -> HttpResponse:
    """``sent``: the form that was filled in, with what is wrong in it; the others stand empty."""
    known = connections_of(cast(User, request.user), request)
    forms = {name: MusicServerForm(name) for name in WAYS_IN} | ({sent.service: sent} if sent else {})
    context = {
        "services": [one for one in known if one.service.provider],
        "servers": [(one, forms[one.service.name]) for one in known if not one.service.provider],
    }
    response = render(request, "accounts/connections.html", context, status=status)
    response["Content-Security-Policy"] = policy(authorize_origins())
    return response
