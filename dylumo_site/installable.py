"""The site as an app on a phone: its manifest, its service worker, and the page for when there is no network."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET

from dylumo_site.static_files import STYLES, own_files

KEPT_TEMPLATES = ("base.html", "site/offline.html", "site/player.html", "site/service_worker.js")
"""What the offline page and the service worker are made of."""


def _icons() -> list[dict[str, str]]:
    drawn = [("any", "icon", size) for size in (192, 512)] + [("maskable", "maskable", size) for size in (192, 512)]
    return [
        {"src": static(f"icons/{name}-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for purpose, name, size in drawn
    ]


@require_GET
@cache_control(max_age=3600)
def manifest(_request: HttpRequest) -> JsonResponse:
    """What an installed copy is called and looks like, and that photos can be shared to it."""
    share = {
        "action": reverse("share_target"),
        "method": "POST",
        "enctype": "multipart/form-data",
        "params": {"text": "text", "files": [{"name": "picture", "accept": ["image/*"]}]},
    }
    described = {
        "id": "/",
        "name": "Dylumo",
        "short_name": "Dylumo",
        "description": _("Give it a photo, get songs that feel the same."),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#faf9fc",
        "theme_color": "#5b3fd6",
        "icons": _icons(),
        "share_target": share,
        "shortcuts": [{"name": _("Your lists"), "url": reverse("lists")}],
    }
    return JsonResponse(described, content_type="application/manifest+json")


@dataclass(frozen=True)
class Shell:
    """What the service worker keeps. ``version``: another one is another cache; ``files``: addresses."""

    version: str
    files: tuple[str, ...]


def _shell() -> Shell:
    kept = {name: path for name, path in own_files().items() if name != "admin.css"}
    digest = hashlib.sha256()
    catalogues = sorted(Path(settings.LOCALE_PATHS[0]).glob("*/LC_MESSAGES/django.mo"))
    for path in [*kept.values(), *(settings.BASE_DIR / "templates" / name for name in KEPT_TEMPLATES), *catalogues]:
        digest.update(path.name.encode() + path.read_bytes())
    names = list(kept)
    if static(STYLES) != settings.STATIC_URL + STYLES:  # built: all styles are in one file
        names = [name for name in names if not name.startswith("css/")]
    return Shell(digest.hexdigest()[:16], tuple(map(static, names)))


_shell_once = cache(_shell)


@never_cache
@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, because a service worker serves only what lies below it."""
    shell = _shell() if settings.DEBUG else _shell_once()
    # the page without a network is in one language: another one is another shell
    context = {"version": f"{shell.version}-{get_language()}", "shell": shell.files, "offline": reverse("offline")}
    return render(request, "site/service_worker.js", context, content_type="text/javascript")


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the service worker, so it names nobody."""
    request.user = AnonymousUser()
    return render(request, "site/offline.html")
