"""What the main pages weigh, and how often they ask: budgets, held by what a browser fetches before anybody scrolls.

Not counted: lazy pictures, the bytes of a person's own photos, and what a browser fetches in its own time (manifest,
app icons). Measured in a browser: ``bench pages``."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from whitenoise import middleware as whitenoise_middleware

from accounts.models import User
from agents.conversations import sharing, showcase
from agents.models import Conversation
from dylumo_site import static_files
from tests.agents.test_views import conversation_of
from tests.factories import ConversationFactory, PictureFactory, ReactionFactory, UserFactory

pytestmark = pytest.mark.django_db
KIB = 1024
BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Weight:
    """Bytes as they are sent: of the page itself, and of all it asks for at once."""

    html: int
    total: int
    requests: int


def fetched(path: str) -> bytes:
    """A static file as it is built."""
    found = Path(str(finders.find(path)))
    return static_files.joined(found).encode() if path == static_files.STYLES else found.read_bytes()


def asked_for(page: str) -> set[str]:
    """The static files that a page needs at once, with all that its scripts import."""
    names = set(re.findall(r'<link rel="(?:stylesheet|icon)" href="/static/([^"#]+)"', page))
    names |= set(re.findall(r'<script[^>]* src="/static/([^"]+)"', page))
    names |= {re.sub("#.*", "", name) for name in re.findall(r'<use href="/static/([^"]+)"', page)}
    for image in re.findall(r"<img [^>]*>", page):
        if 'loading="lazy"' not in image and (source := re.search(r'src="/static/([^"]+)"', image)):
            names.add(source[1])
    waiting = [name for name in names if name.endswith(".js")]
    while waiting:
        script = waiting.pop()
        for imported in re.findall(r"""(?:from|import)\s*["']\./([^"']+)["']""", fetched(script).decode()):
            if (name := f"js/{imported}") not in names:
                names.add(name)
                waiting.append(name)
    return names


def weight(page: str) -> Weight:
    files = asked_for(page)
    others = len(re.findall(r'<img (?![^>]*loading="lazy")[^>]*src="/(?!static/)', page))
    html = len(gzip.compress(page.encode()))
    return Weight(html, html + sum(map(packed, files)), 1 + len(files) + others)


def packed(name: str) -> int:
    return len(fetched(name) if name.endswith(".webp") else gzip.compress(fetched(name)))


@pytest.fixture
def ada(client: Client) -> User:
    person: User = UserFactory()
    client.force_login(person, backend=BACKEND)
    return person


def test_the_first_page_with_its_list_is_light(client: Client, settings: LazySettings) -> None:
    settings.SAMPLE_LISTS = True
    owner = UserFactory(email=showcase.EMAIL, is_active=False)
    for key in showcase.SAMPLES:
        made = conversation_of(owner, tracks=12)
        Conversation.objects.filter(pk=made.pk).update(
            picture=PictureFactory(owner=owner, name=f"{key}.webp"), share_token=f"token-{key}"
        )
    page = client.get("/").content.decode()
    assert 'id="showcase"' in page and "Title 0" in page
    told = weight(page)
    assert told.requests <= 12, told
    assert told.html <= 20 * KIB and told.total <= 120 * KIB, told


def test_the_pages_of_a_person_stay_light(client: Client, ada: User) -> None:
    made = conversation_of(ada, tracks=20)
    ConversationFactory.create_batch(60, owner=ada)
    ReactionFactory.create_batch(10, owner=ada)
    token = sharing.share(made)
    for address, html, requests in (
        (reverse("conversation", args=[made.pk]), 25, 19),
        (reverse("shared", args=[token]), 15, 14),
        ("/lists/", 15, 12),
        ("/taste/", 15, 12),
    ):
        page = client.get(address)
        assert page.status_code == 200
        told = weight(page.content.decode())
        assert told.html <= html * KIB and told.requests <= requests and told.total <= 120 * KIB, (address, told)


def test_every_main_page_says_what_it_is_and_leaves_room_for_its_pictures(client: Client, ada: User) -> None:
    for address in ("/", "/lists/", "/taste/", "/search/", "/library/"):
        page = client.get(address).content.decode()
        assert re.search(r'<meta name="description" content="[^"]{30,}"', page), address
        assert re.search(r"<title>\s*\S[^<]* · Dylumo</title>", page), address
        for image in re.findall(r"<img [^>]*>", page):
            assert " hidden" in image or ("width=" in image and "height=" in image), (address, image)


def test_files_named_after_their_content_are_kept_for_good(
    settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    static_files.build()
    storage = static_files.BuiltFiles(manifest_storage=FileSystemStorage(location=settings.STATIC_ROOT))
    monkeypatch.setattr(whitenoise_middleware, "staticfiles_storage", storage)
    served = whitenoise_middleware.WhiteNoiseMiddleware(lambda _request: HttpResponse())
    for name in ("js/player.js", "dylumo.css", "django_htmx/htmx-2.min.js", "icons.svg"):
        file = served.files[storage.url(name)]
        headers = dict(file.get_response("GET", {"HTTP_ACCEPT_ENCODING": "gzip"}).headers)
        assert "immutable" in headers["Cache-Control"] and headers["Content-Encoding"] == "gzip", name
