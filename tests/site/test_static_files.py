"""Styles and scripts as browsers get them: whole, compressed, and under names that change with them."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.files.storage import FileSystemStorage
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory

from dylumo_site import static_files
from dylumo_site.compression import CompressionMiddleware

ASKS_GZIP = {"Accept-Encoding": "gzip"}


@pytest.fixture
def built(settings: LazySettings, tmp_path: Path) -> Path:
    settings.STATIC_ROOT = tmp_path / "static"
    static_files.build()
    return tmp_path / "static"


def test_every_script_finds_what_it_imports_and_all_styles_are_in_one_file(built: Path) -> None:
    names = json.loads((built / "staticfiles.json").read_text())["paths"]
    scripts = [built / name for plain, name in names.items() if plain.startswith("js/")]
    assert len(scripts) >= 15
    for script in scripts:
        for asked in re.findall(r"""(?:from|import)\s*["'](\.[^"']+)["']""", script.read_text()):
            assert f"js/{asked.removeprefix('./')}" in names.values(), (script.name, asked)
    styles = (built / names["dylumo.css"]).read_text()
    assert "@import" not in styles and styles.count("{") == styles.count("}") and ".gallery-bar" in styles
    assert gzip.decompress((built / f"{names['dylumo.css']}.gz").read_bytes()).decode() == styles
    assert "django_htmx/htmx-2.min.js" in names and not list(built.glob("css/*"))


def test_it_is_built_once_and_again_after_a_change(settings: LazySettings, built: Path, tmp_path: Path) -> None:
    before = (built / "staticfiles.json").stat().st_ino
    static_files.build()
    assert (built / "staticfiles.json").stat().st_ino == before
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "dylumo.css").write_text("b { color: red }")
    settings.STATICFILES_DIRS = [folder]
    static_files.build()
    names = json.loads((built / "staticfiles.json").read_text())["paths"]
    assert set(names) == {"dylumo.css", *static_files.OTHERS}


def test_a_file_that_was_not_built_keeps_its_name(built: Path) -> None:
    storage = static_files.BuiltFiles(location=str(built), manifest_storage=FileSystemStorage(location=str(built)))
    storage.base_url = "/static/"
    assert re.fullmatch(r"/static/js/player\.[0-9a-f]{12}\.js", storage.url("js/player.js"))
    assert storage.url("samples/sunset-sea-small.webp") == "/static/samples/sunset-sea-small.webp"
    assert storage.url("samples/") == "/static/samples/"


@pytest.mark.django_db
def test_pages_are_sent_compressed_and_streams_as_they_are(client: Client) -> None:
    page = client.get("/", headers=ASKS_GZIP)
    assert page["Content-Encoding"] == "gzip" and b"<h1>" in gzip.decompress(page.content)
    assert "Content-Encoding" not in client.get("/")
    asked = RequestFactory().get("/", headers=ASKS_GZIP)
    for kept in (
        StreamingHttpResponse(iter([b"data: x\n\n" * 100]), content_type="text/event-stream"),
        HttpResponse(b"x" * 1000, content_type="audio/mpeg"),
    ):
        assert "Content-Encoding" not in CompressionMiddleware(lambda _request, told=kept: told)(asked)
