"""The pages on which a list is given back: the draft to review, the saving, and the links."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest
from accounts.models import User
from core.errors import NotFound
from recommender.models import Delivery, DeliveryItem, LibraryJob, Playlist
from recommender.playlists import publishing
from recommender.services import registry
from recommender.services.protocol import ServiceError


def _playlist(person: User | None, playlist_id: UUID) -> Playlist:
    if found := Playlist.objects.visible_to(person).filter(pk=playlist_id).first():
        return found
    raise NotFound


def own_delivery(person: User | None, delivery_id: UUID) -> Delivery:
    found: Delivery | None = (
        Delivery.objects.visible_to(person).select_related("playlist", "owner").filter(pk=delivery_id).first()
    )
    if found is None:
        raise NotFound
    return found


@never_cache
@require_GET
def give(request: PersonRequest, playlist_id: UUID) -> HttpResponse:
    """Where the list can go."""
    playlist = _playlist(request.person, playlist_id)
    targets = [info for info in registry.linked(request.person) if info.can.create]
    given = Delivery.objects.visible_to(request.person).filter(playlist=playlist).exclude(state=Delivery.State.DRAFT)
    context = {"playlist": playlist, "targets": targets, "given": given, "lines": publishing.links(playlist)}
    return render(request, "publishing/choose.html", context)


@require_POST
def make_draft(request: PersonRequest, playlist_id: UUID) -> HttpResponseBase:
    playlist = _playlist(request.person, playlist_id)
    info = next((one for one in registry.linked(request.person) if one.name == request.POST.get("service")), None)
    if info is None or not info.can.create:
        raise NotFound("That service is not connected, or takes no playlists.")
    delivery = publishing.draft(playlist.owner, playlist, info.name)
    if delivery.state == Delivery.State.DRAFT:
        publishing.resolve(delivery, registry.service_for(playlist.owner, info.name))
    return redirect("delivery", delivery.pk)


def _shown(request: HttpRequest, delivery: Delivery, trouble: ServiceError | None = None) -> HttpResponse:
    items = list(delivery.items.select_related("track"))
    job = LibraryJob.objects.filter(kind=LibraryJob.Kind.SAVE, argument=str(delivery.pk)).order_by("-created").first()
    states = DeliveryItem.State
    context = {
        "delivery": delivery,
        "service": registry.INFOS[delivery.service],
        "items": items,
        "job": job,
        "trouble": trouble,
        "ready": sum(item.state == states.FOUND for item in items),
        "missing": [item for item in items if item.state in (states.MISSING, states.OPEN)],
        "refused": [item for item in items if item.state == states.REFUSED],
        "editable": delivery.state == Delivery.State.DRAFT,
        "working": delivery.state in (Delivery.State.CREATING, Delivery.State.FILLING),
    }
    whole = not request.headers.get("HX-Request")
    return render(request, "publishing/delivery.html" if whole else "publishing/draft.html", context)


@never_cache
@require_GET
def delivery(request: PersonRequest, delivery_id: UUID) -> HttpResponse:
    return _shown(request, own_delivery(request.person, delivery_id))


@require_POST
def change_draft(request: PersonRequest, delivery_id: UUID) -> HttpResponseBase:
    """One change: a new order (``order``), a new title, or something with one item (``item`` and ``what``)."""
    found = own_delivery(request.person, delivery_id)
    if asked := request.POST.get("order"):
        publishing.order(found, [int(one) for one in asked.split(",") if one.isdecimal()])
    elif "title" in request.POST:
        publishing.rename(found, request.POST["title"])
    else:
        item, what = request.POST.get("item", ""), request.POST.get("what", "")
        publishing.change(found, int(item) if item.isdecimal() else 0, what)
    if request.headers.get("HX-Request"):
        return _shown(request, own_delivery(request.person, delivery_id))
    return redirect("delivery", found.pk)
