"""The page on which a service is disconnected: what goes with it, before it goes."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.connections.views import account_required
from accounts.models import User
from recommender.library import disconnect as connection


@never_cache
@account_required
@require_http_methods(["GET", "POST"])
def disconnect(request: HttpRequest, credential_id: int) -> HttpResponse:
    """GET says what would be deleted; POST does it."""
    person = cast(User, request.user)
    if request.method == "POST":
        messages.success(request, connection.disconnect(person, credential_id))
        return redirect("connections")
    return render(request, "accounts/disconnect.html", {"leaving": connection.what_goes(person, credential_id)})
