"""What the site says and therefore translates: found in code and templates, kept in ``locale/*/LC_MESSAGES/django.po``.

Besides what is marked (``_()`` and its kin, ``{% translate %}``, ``{% blocktranslate %}``) these are translated: the
sentences of errors, where a class sets them or one is raised, words that rows and tables hold (moods, scenes, what
occasions are called), and what names of lists and captions are made of.
"""

from __future__ import annotations

import ast
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

from agents.conversations.track_rows import part_name
from core import wording
from core.errors import DylumoError
from feedback.taste.context import ACTIVITY_NAMES
from recommender.mapping import takes
from recommender.models import LibraryJob
from recommender.music.occasions import occasions
from recommender.music.styles import spoken, styles
from recommender.perception.images import captions
from recommender.perception.vocabulary import MOODS, SCENES
from recommender.playlists import titles
from recommender.ranking import alignment, scoring
from recommender.ranking.explain import KEYS
from recommender.ranking.pipeline import PERSONAL
from recommender.ranking.similarity import Likeness

Message = tuple[str | None, str | tuple[str, ...]]
"""Its context, and itself or its forms for one and several."""

ROOMS = ("core", "accounts", "recommender", "feedback", "agents", "dylumo_site")
FOR_STAFF = (
    "accounts/connections/key_rotation.py", "accounts/management/", "accounts/roles.py", "accounts/staff_access.py",
    "agents/annotating.py", "agents/api/", "agents/conversations/talk_json.py",
    "agents/conversations/verdict_insights.py", "agents/llm_annotator.py", "agents/management/", "agents/mcp/",
    "core/stats/", "dylumo_site/management/", "dylumo_site/ops/", "feedback/experiment_results/",
    "feedback/experiments/", "feedback/pairs/", "feedback/review/", "feedback/treatments.py", "feedback/user_studies/",
    "recommender/library/full_tier.py", "recommender/library/importers/", "recommender/library/tagging/",
    "recommender/management/", "recommender/mapping/build.py", "recommender/perception/audio/clap.py",
    "recommender/perception/audio/reader.py", "recommender/perception/images/clip.py",
    "recommender/perception/images/clip_reader.py", "recommender/perception/images/reader.py",
    "recommender/perception/weights/", "recommender/ranking/own_table.py", "recommender/ranking/scoring.py",
)  # fmt: skip
"""Where errors are only met by the owner, staff or programs: these stay English."""
ENGLISH_PAGES = ("admin/", "lab/", "pairs/", "user_studies/")
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "later", "gettext", "gettext_lazy"), None),
    "ngettext": (1, 2),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def messages() -> dict[Message, None]:
    """Everything that is translated, each once, in the order in which it is found."""
    found: dict[Message, None] = {}
    files = [file for room in ROOMS for file in sorted((settings.BASE_DIR / room).rglob("*.py"))]
    sources = {str(file.relative_to(settings.BASE_DIR)): file.read_text(encoding="utf-8") for file in files}
    trees = {name: ast.parse(source) for name, source in sources.items()}
    errors = _error_classes(trees.values())
    for name, source in sources.items():
        found |= dict.fromkeys(_marked(source))
        if not name.startswith(FOR_STAFF):
            found |= dict.fromkeys((None, text) for text in _of_errors(trees[name], errors))
    templates = settings.BASE_DIR / "templates"
    for file in sorted(templates.rglob("*.html")):
        if not str(file.relative_to(templates)).startswith(ENGLISH_PAGES):
            found |= dict.fromkeys(_in_template(file))
    return found | dict.fromkeys((None, word) for word in _words()) | dict.fromkeys(_of_wordings())


def _marked(source: str) -> Iterator[Message]:
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
        yield context, message


def _in_template(file: Path) -> Iterator[Message]:
    """By Django's own reading of templates, which makes of them what looks like Python; lines begin at its margin."""
    told = templatize(file.read_text(encoding="utf-8"))
    calls = "\n".join(line.strip() for line in told.splitlines())
    yield from _marked(calls)


def _of_errors(tree: ast.Module, errors: set[str]) -> Iterator[str]:
    """``message`` and ``hint`` of classes, and the sentences that an error is made with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") in ("message", "hint"):
                    yield from _sentence(line.value)
        elif isinstance(node, ast.Call) and _name(node.func) in errors:
            for given in (*node.args, *(one.value for one in node.keywords if one.arg == "hint")):
                yield from _sentence(given)


def _error_classes(trees: Iterable[ast.Module]) -> set[str]:
    """The names of ``DylumoError`` and of all classes that are made from it."""
    bases: defaultdict[str, set[str]] = defaultdict(set)
    for node in (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        bases[node.name] |= set(map(_name, node.bases))
    found = {DylumoError.__name__}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return found


def _name(node: ast.expr) -> str:
    return str(getattr(node, "id", getattr(node, "attr", "")))


def _sentence(given: ast.expr) -> Iterator[str]:
    if isinstance(given, ast.Constant) and isinstance(given.value, str) and " " in given.value:
        yield given.value


def _words() -> Iterator[str]:
    yield from MOODS
    yield from KEYS
    yield from SCENES
    yield from (name.capitalize() for name in ACTIVITY_NAMES)
    yield from (one.thing for one in occasions().values() if one.thing)
    yield from LibraryJob.State.values
    of_matches = {part for weights in scoring.WEIGHTS.values() for part in weights}
    yield from map(part_name, sorted({*of_matches, *alignment.WEIGHTS, *PERSONAL, Likeness.name}))


def _of_wordings() -> Iterator[Message]:
    """What names of lists and takes and captions are made of (``core.wording``): their texts, and words by hole."""
    texts = (one.title for known in occasions().values() for one in known.directions)
    yield from ((wording.TEXT, text) for text in (*takes.TITLES, *titles.TEXTS, *captions.TEXTS, *texts))
    words = {
        "style": map(spoken, styles()),
        "feeling": MOODS,
        "what": (*titles.LIGHTS.values(), *titles.NOUNS.values()),
        "where": titles.PLACES.values(),
        "things": captions.CONCEPT_WORDS.values(),
        "light": captions.LIGHT_WORDS,
        "manner": captions.MANNER_WORDS,
    }
    yield from ((hole, word) for hole, some in words.items() for word in some)


# --- the catalogues


def path_of(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def catalogue(language: str) -> Catalog:
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def brought_up_to_date(known: Catalog, said: dict[Message, None]) -> Catalog:
    """What is said, with the translations that are known; those of what is no longer said go."""
    fresh = Catalog(locale=known.locale, header_comment=known.header_comment, fuzzy=False)
    fresh.mime_headers = known.mime_headers
    for context, message in said:
        ids = message if isinstance(message, tuple) else (message,)
        entry = known.get(ids[0], context)
        fresh.add(message, entry.string if entry else None, flags=(), context=context)
    return fresh


def missing(translated: Catalog) -> list[Any]:
    """What has no translation yet."""
    return [
        entry.id
        for entry in translated
        if entry.id and not all(entry.string if isinstance(entry.string, tuple) else (entry.string,))
    ]


def compiled(translated: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, translated)
    return file.getvalue()


def keep(language: str, translated: Catalog) -> None:
    """Write the source and what gettext reads."""
    with path_of(language).open("wb") as file:
        write_po(file, translated, width=110, no_location=True)
    path_of(language).with_suffix(".mo").write_bytes(compiled(translated))
