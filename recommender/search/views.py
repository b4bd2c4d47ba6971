"""The search page: what is here at once, then what each service answers, sent as it comes (server-sent events).

Without JavaScript the page asks for itself again with ``all`` and is rendered when every service has answered or is
late.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest, ensure_person
from accounts.models import User
from core.errors import BadInput
from core.forms import CheckedForm
from recommender.library import saved_finds
from recommender.library.store_listings import heard_from
from recommender.search import federated as searching
from recommender.search.federated import HERE, Answer
from recommender.search.merge import Filters, Hit, Section, sections
from recommender.services import parsing
from recommender.services.page_sources import image_sources, lies_at, page_policy
from recommender.services.protocol import FoundTrack, Query
from recommender.services.registry import INFOS, Offer, for_person
from recommender.services.track_identity import read

LONGEST_WORDS = 200


class SearchForm(CheckedForm):
    """What is looked for, and the filters. Minutes for lengths."""

    q = forms.CharField(required=False, max_length=LONGEST_WORDS)
    service = forms.MultipleChoiceField(required=False)
    shortest = forms.FloatField(required=False, min_value=0, max_value=1440)
    longest = forms.FloatField(required=False, min_value=0, max_value=1440)
    year_min = forms.IntegerField(required=False, min_value=1860, max_value=2100)
    year_max = forms.IntegerField(required=False, min_value=1860, max_value=2100)
    playable = forms.BooleanField(required=False)

    def __init__(self, data: Any, offers: Sequence[Offer]) -> None:
        super().__init__(data)
        names = {HERE: "Here"} | {one.info.name: one.info.title for one in offers if one.info.can.search}
        self.fields["service"].choices = list(names.items())  # type: ignore[attr-defined]

    def query(self) -> Query:
        """Words, or an ISRC where one was written."""
        words = parsing.text(self.cleaned_data["q"], LONGEST_WORDS)
        code = parsing.isrc(words)
        return Query(words="" if code else words, isrc=code, limit=searching.MOST_FOUND)

    def filters(self) -> Filters:
        said = self.cleaned_data
        shortest, longest = said["shortest"], said["longest"]
        return Filters(
            services=frozenset(said["service"]),
            shortest=None if shortest is None else shortest * 60,
            longest=None if longest is None else longest * 60,
            year_min=said["year_min"],
            year_max=said["year_max"],
            playable=said["playable"],
        )


@dataclass
class Searching:
    """One search of one person, as far as it has come. ``for_a_model``: what is found goes into a language model's
    prompt, so that only those are asked and told of whose terms allow that."""

    person: User | None
    offers: Sequence[Offer]
    query: Query
    filters: Filters
    answers: list[Answer] = field(default_factory=list)
    for_a_model: bool = False

    @cached_property
    def asked(self) -> list[Offer]:
        """The services that are asked: all that can, or those that the filter names."""
        wanted = self.filters.services
        able = [one for one in self.offers if one.info.can.search and (one.info.can.learning or not self.for_a_model)]
        return [one for one in able if not wanted or one.info.name in wanted]

    def look_here(self) -> None:
        answer = searching.here(self.person, self.query)
        if self.for_a_model:
            told = (one for one in answer.tracks if one.service == HERE or INFOS[one.service].can.learning)
            answer = replace(answer, tracks=tuple(told))
        self.answers.append(answer)

    def finish(self) -> None:
        """Here and everywhere, until every service has answered or is late. Raises BadInput."""
        if not (self.query.words or self.query.isrc):
            raise BadInput("There is nothing to look for.", hint="Send words or an ISRC.")
        self.look_here()
        self.answers += searching.all_answers(self.asked, self.query)

    def context(self) -> dict[str, Any]:
        """What the results show. Reads the person's lists."""
        found = sections(self.answers, self.query.words or self.query.isrc, self.filters)
        own = [hit.shown.external_id for part in found for hit in part.hits if hit.shown.service == HERE]
        listed = searching.in_lists_of(self.person, own)
        mine = saved_finds.kept_by(self.person, [one for part in found for hit in part.hits for one in hit.tracks])
        return {
            "sections": [(part, [row(hit, listed, mine) for hit in part.hits]) for part in found],
            "states": self.states(),
            "waiting": self.waiting(),
            "failed": any(answer.error for answer in self.answers),
            "query": self.query,
        }

    def waiting(self) -> list[str]:
        answered = {answer.service for answer in self.answers}
        return [one.info.title for one in self.asked if one.info.name not in answered]

    def states(self) -> list[dict[str, Any]]:
        """Each service's name with what it said: a count, or the sentence of its failure; None while it is awaited."""
        told = {answer.service: answer for answer in self.answers}
        return [
            {"title": one.info.title, "note": one.info.note, "answer": told.get(one.info.name)} for one in self.asked
        ]


def row(hit: Hit, listed: dict[str, str], mine: dict[FoundTrack, UUID]) -> dict[str, Any]:
    """One result as the template shows it."""
    shown = hit.shown
    links = {INFOS[one.service].title: one.url for one in hit.tracks if one.service in INFOS and one.url}
    named = read(shown.title, shown.artist)
    seed = zlib.crc32(f"{named.core} {' '.join(sorted(named.people))}".encode())
    keepable = saved_finds.best_match(hit.tracks)
    return {
        "kept": next((mine[one] for one in hit.tracks if one in mine), None),
        "keep": saved_finds.sign(keepable) if keepable else "",
        "key": f"{shown.service}-{shown.external_id}",
        "track": shown,
        "sound": hit.sound,
        "preview": bool(hit.sound) and not hit.whole,
        "played_by": INFOS[hit.played.service].title if hit.played and hit.played.service in INFOS else "",
        "played_at": hit.played.url if hit.played else "",
        "links": list(links.items()),
        "here": any(one.service == HERE for one in hit.tracks),
        "list": listed.get(shown.external_id, "") if shown.service == HERE else "",
        "cover": reverse("cover", args=[seed, 50, 50]),
        "art": next((art for one in hit.tracks if (art := _art(one))), ""),
        "length": f"{int(shown.duration // 60)}:{int(shown.duration % 60):02d}" if shown.duration else "",
    }


def _art(track: FoundTrack) -> str:
    """A cover as its service shows it, where the page may load it from there."""
    info = INFOS.get(track.service)
    return track.artwork_url if info and lies_at(track.artwork_url, image_sources(info)) else ""


def begin(person: User | None, data: Any) -> tuple[SearchForm, Searching]:
    """A search as it was asked for. Raises BadInput."""
    offers = for_person(person)
    form = SearchForm(data, offers)
    form.data_or_error()
    return form, Searching(person, offers, form.query(), form.filters())


@never_cache
@require_GET
def search(request: PersonRequest) -> HttpResponse:
    form, found = begin(request.person, request.GET)
    asked = bool(found.query.words or found.query.isrc)
    whole = "all" in request.GET
    if asked:
        found.look_here()
        if whole:
            found.answers += searching.all_answers(found.asked, found.query)
    context = {
        "form": form,
        "asked": asked,
        "whole": whole,
        "offers": found.offers,
        "query_string": request.GET.urlencode(),
    }
    response = render(request, "search/search.html", context | (found.context() if asked else {}))
    everywhere = heard_from()  # what the policy of every page names
    response["Content-Security-Policy"] = page_policy(
        offer.info for offer in found.offers if offer.info not in everywhere
    )
    return response


@require_GET
async def search_events(request: HttpRequest) -> HttpResponseBase:
    """The results again each time a service has answered, as ``{html, waiting}``; the last one is called ``done``."""
    _, found = await database_sync_to_async(begin)(getattr(request, "person", None), request.GET)
    if not (found.query.words or found.query.isrc):
        raise BadInput("There is nothing to look for.", hint="Write a title, an artist or an ISRC.")
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingHttpResponse(_events(found, get_token(request)), content_type="text/event-stream", headers=headers)


@require_POST
def keep_found(request: PersonRequest) -> HttpResponse:
    """Put one find into the person's library; a visitor becomes a guest."""
    found = saved_finds.signed(request.POST.get("found", ""))
    listed = saved_finds.save(ensure_person(request), found)
    if request.headers.get("HX-Request"):
        return render(request, "search/keep.html", {"kept": listed.pk})
    messages.success(request, _("“{title}” is in your library.").format(title=found.title))
    return redirect("library_list", listed.pk)


async def _events(found: Searching, csrf_token: str) -> AsyncIterator[str]:
    await database_sync_to_async(found.look_here)()
    async for answer in searching.answers(found.asked, found.query):
        found.answers.append(answer)
        if found.waiting():
            yield await database_sync_to_async(_event)(found, "results", csrf_token)
    yield await database_sync_to_async(_event)(found, "done", csrf_token)


def _event(found: Searching, kind: str, csrf_token: str) -> str:
    html = render_to_string("search/found.html", found.context() | {"csrf_token": csrf_token})
    return f"event: {kind}\ndata: {json.dumps({'html': html, 'waiting': found.waiting()})}\n\n"


def as_json(found: Searching) -> dict[str, Any]:
    """The results for programs."""
    return {
        "sections": [_section(part) for part in sections(found.answers, found.query.words, found.filters)],
        "services": [
            {"service": a.service, "title": a.title, "found": len(a.tracks), "error": a.error, "code": a.code}
            for a in found.answers
        ],
    }


def _section(part: Section) -> dict[str, Any]:
    return {
        "service": part.service,
        "title": part.title,
        "credits": list(part.credits),
        "tracks": [
            {
                "title": hit.shown.title,
                "artist": hit.shown.artist,
                "album": hit.shown.album,
                "duration": hit.shown.duration,
                "year": hit.shown.year,
                "isrc": next((one.isrc for one in hit.tracks if one.isrc), ""),
                "sound": hit.sound,
                "whole": hit.whole,
                "keep": saved_finds.sign(best) if (best := saved_finds.best_match(hit.tracks)) else "",
                "known_from": [{"service": t.service, "id": t.external_id, "url": t.url} for t in hit.tracks],
            }
            for hit in part.hits
        ],
    }
