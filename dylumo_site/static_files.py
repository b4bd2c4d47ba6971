"""The site's own styles, scripts and symbols as browsers get them: named after their content, so that they are fetched
once and kept for good, compressed beforehand, all styles in one file.

There is no build step for whoever changes them: ``build`` runs when the web process starts, and only where something
changed since. Without it (tests, ``dev``) every file is served as it lies there.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.files.storage import FileSystemStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

STYLES = "dylumo.css"
PARTS = re.compile(r'@import url\("([^"]+)"\);\n?')
NAMED = {".css", ".js", ".svg"}
"""Endings of files that are named after their content. Pictures of samples and icons have addresses of their own."""
OTHERS = ("django_htmx/htmx-2.min.js",)
"""Files of packages that every page needs."""


class BuiltFiles(CompressedManifestStaticFilesStorage):
    """Names each file as ``build`` left it; one that was not built keeps its own name."""

    support_js_module_import_aggregation = True

    def stored_name(self, name: str) -> str:
        return str(self.hashed_files.get(self.hash_key(self.clean_name(name)), name))


def build() -> None:
    """Make what is served from ``STATIC_ROOT``, unless it is there for what the sources hold now."""
    target = Path(settings.STATIC_ROOT)
    sources = own_files() | {name: Path(str(finders.find(name))) for name in OTHERS}
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for name, path in sources.items():
        digest.update(name.encode() + path.read_bytes())
    mark = target / f"{digest.hexdigest()[:16]}.built"
    if mark.exists():
        return
    fresh = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    for name, path in sources.items():
        if name.startswith("css/"):
            continue  # they are all in one
        (fresh / name).parent.mkdir(parents=True, exist_ok=True)
        if name == STYLES:
            (fresh / name).write_text(joined(path))
        else:
            shutil.copyfile(path, fresh / name)
    storage = BuiltFiles(location=str(fresh), base_url=settings.STATIC_URL)
    storage.manifest_storage = FileSystemStorage(location=str(fresh))
    plain = [path.relative_to(fresh).as_posix() for path in fresh.rglob("*") if path.is_file()]
    for _, _, outcome in storage.post_process({name: (storage, name) for name in plain}):
        if isinstance(outcome, Exception):
            raise outcome
    (fresh / mark.name).touch()
    shutil.rmtree(target, ignore_errors=True)
    fresh.rename(target)


def joined(styles: Path) -> str:
    """The style sheet with every sheet it imports in its place."""
    return PARTS.sub(lambda found: (styles.parent / found[1]).read_text(), styles.read_text())


def own_files() -> dict[str, Path]:
    """The site's own, by the name under which templates ask for them."""
    folder = Path(settings.STATICFILES_DIRS[0])
    own = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.suffix in NAMED}
    return dict(sorted(own.items()))
