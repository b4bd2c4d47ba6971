"""What the conversation page shows, worked out from rows: the templates only lay it out.

Everything is lazy, so that a fragment of the page asks the database only for what it shows. Percentages are whole
numbers 0..100; places on the map are in its own units, 0..100, x growing happier and y growing calmer.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from accounts.models import User
from agents.conversations import refreshes, resolving, revisions
from agents.conversations.chips import (
    CHIP_GROUPS,
    Chip,
    LimitChip,
    Question,
    TakeTab,
    chips_of,
    limit_chips,
    question_of,
    tabs_of,
)
from agents.conversations.palette import Colour, strip, telling
from agents.conversations.sessions import actions as together
from agents.conversations.sessions.in_step import CHEERS
from agents.conversations.timeline import Step, in_seconds, steps_of
from agents.conversations.track_rows import Photo, Row, headed, rows_of
from agents.models import Conversation, Member, Refresh, Session, Together, Turn
from core.errors import NotFound
from core.schemas import ImageReading, MusicBrief, load
from feedback.experiments.assignment import arm_for, running
from feedback.models import ListRating, TasteSettings
from feedback.models.experiments import Experiment
from feedback.taste import context, ratings, reactions
from feedback.taste import group as blending
from feedback.taste import taste_settings as steering
from feedback.taste.group import METHODS
from recommender import mapping
from recommender.library import disconnect
from recommender.library.affect_map import Dot, dots, point
from recommender.library.store_listings import stores
from recommender.mapping import average
from recommender.models import Picture
from recommender.music.occasions import in_words
from recommender.perception.images.concepts import sureness

TIERS = {
    "basic": later("colour, light and layout only"),
    "lite": later("a small vision model"),
    "built in": later("the built-in vision models"),
    "full": later("a large vision model"),
}
SUGGESTIONS: tuple[tuple[str, Callable[[MusicBrief], bool]], ...] = (
    (later("a bit calmer"), lambda brief: brief.arousal > 0.25),
    (later("a bit livelier"), lambda brief: brief.arousal <= 0.25),
    (later("more upbeat"), lambda brief: brief.valence < 0.8),
    (later("no vocals"), lambda brief: brief.limits.instrumental is None),
    (later("more acoustic"), lambda brief: brief.features.get("acousticness", (0.0, 0.0))[0] < 0.8),
    (later("something darker"), lambda brief: brief.valence > 0.3),
    (later("surprise me"), lambda _: True),
)
"""What one may tap to say, each with when it still makes sense for a list made for such a brief."""
LAMPS = ("", later("a guess"), later("likely"), later("clear"))
"""How sure a reading is of what it names, by how many lamps are lit."""
MOMENTS = (
    ("company", later("Company")),
    ("time", later("Time of day")),
    ("week", later("Week")),
    ("activity", later("Activity")),
    ("weather", later("Weather")),
)
"""Groups of ``feedback.taste.context`` in the order of the menu."""


def _note(refresh: Refresh) -> str:
    return _(refresh.note) if refresh.note else ""


class ConversationPage:
    """A conversation as its page shows it. ``shared``: someone else is looking, so nothing can be changed. ``member``:
    their place in its session, if they are in it (``agents.conversations.sessions.page``). ``opened``: what the address
    says after ``?open=``: the page holds all that lies in the folds of its rows, and the one of that track is open;
    None leaves it to be fetched when a fold is opened (``row_parts``)."""

    member: Member | None = None

    def __init__(self, conversation: Conversation, *, shared: bool = False, opened: str | None = None) -> None:
        self.conversation = conversation
        self.head = conversation.head
        self.shared = shared
        self.opened = opened

    @cached_property
    def _pictured(self) -> Turn | None:
        """``Conversation.pictured``, of the turns at hand."""
        return next((turn for turn in reversed(self.turns) if turn.pictures()), None)

    @cached_property
    def pictures(self) -> list[Picture]:
        return self._pictured.pictures() if self._pictured else []

    @property
    def picture(self) -> Picture | None:
        return self.pictures[0] if self.pictures else None

    @cached_property
    def photos(self) -> list[Photo]:
        """The photos with what was seen in each."""
        return [self._photo(number, picture) for number, picture in enumerate(self.pictures, 1)]

    def _photo(self, number: int, picture: Picture) -> Photo:
        reading = load(ImageReading, picture.reading) if picture.reading else None
        thumb, full = (self._photo_at(number, size) for size in ("thumb", "full"))
        return Photo(number, picture, reading, thumb, full)

    def _photo_at(self, number: int, size: str) -> str:
        token = self.conversation.share_token if self.shared else None
        return (
            reverse("shared_picture", args=[token, number, size])
            if token
            else reverse("picture", args=[self.pictures[number - 1].pk, size])
        )

    @cached_property
    def reading(self) -> ImageReading | None:
        """What was seen, in all photos together where there are several."""
        known = [photo.reading for photo in self.photos if photo.reading]
        return average(known) if known else None

    @property
    def phrase(self) -> str:
        """What was seen, inside a sentence."""
        return in_words(self.reading) if self.reading else ""

    @property
    def together(self) -> str:
        """How several photos became one list, in words; empty for one photo."""
        return str(Together(self._pictured.together).label) if self._pictured and len(self.pictures) > 1 else ""

    @cached_property
    def brief(self) -> MusicBrief | None:
        return self.head.music_brief if self.head else None

    # --- what was seen

    @cached_property
    def palette(self) -> list[Colour]:
        return list(strip(self.reading)) if self.reading else []

    @cached_property
    def accent(self) -> str:
        """The palette's most telling colour as ``#rrggbb``, or empty for a grey picture."""
        return telling([(colour.hex, colour.width / 100) for colour in self.palette])

    @property
    def takes(self) -> list[TakeTab]:
        return tabs_of(self.brief) if self.brief else []

    @cached_property
    def question(self) -> Question | None:
        """What is worth asking while nothing was changed yet."""
        if self.brief is None or self.reading is None or self.head is None or self.head.number > 1:
            return None
        return question_of(self.reading, self.brief)

    @cached_property
    def limits(self) -> list[LimitChip]:
        """What every track of the list keeps."""
        return limit_chips(self.brief.limits) if self.brief else []

    @cached_property
    def chips(self) -> list[tuple[str, list[Chip]]]:
        """Named groups of chips; without a photo, the moods that the words asked for."""
        return chips_of(self.reading, self.brief)

    @property
    def concepts(self) -> list[Chip]:
        """The chips of what the photo shows."""
        return next((chips for title, chips in self.chips if title == _(CHIP_GROUPS[0][1])), [])

    @property
    def further_chips(self) -> list[tuple[str, list[Chip]]]:
        return [(title, chips) for title, chips in self.chips if title != _(CHIP_GROUPS[0][1])]

    @property
    def moments(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a list may be for, by group, each with its name and what it is called."""
        return [
            (_(title), [(name, context.chip_of(name)) for name in context.GROUPS[group]]) for group, title in MOMENTS
        ]

    @property
    def moment(self) -> str:
        """What of the moment moves the list, in words."""
        names = mapping.moment_names(self.brief) if self.brief else ()
        words = ", ".join(context.chip_of(name) for name in names)
        return words if get_language() == "de" else words.lower()  # German nouns keep their capitals

    @cached_property
    def by_the_clock(self) -> bool:
        return not context.paused(self.conversation.owner)

    @cached_property
    def tier(self) -> str:
        return _(TIERS.get(self.reading.tier, self.reading.tier)) if self.reading else ""

    @property
    def sureness_words(self) -> str:
        """How sure the reading is of what it names: clear, likely, a guess; empty where it names nothing."""
        return sureness(self.reading.concepts) if self.reading else ""

    @property
    def sureness(self) -> list[bool]:
        """The same as three lamps, lit from the left."""
        lit = LAMPS.index(self.sureness_words)
        return [lit > lamp for lamp in range(len(LAMPS) - 1)]

    # --- the map

    @cached_property
    def target(self) -> dict[str, float] | None:
        """The point the music aims at: the person's, else the reading's."""
        aim = self.brief or self.reading
        return point(aim.valence, aim.arousal) if aim else None

    @cached_property
    def origin(self) -> dict[str, float] | None:
        """The photo's own point with the radii of one standard deviation of the reading's error."""
        if self.reading is None:
            return None
        spread = {"rx": 100 * self.reading.valence_sd, "ry": 100 * self.reading.arousal_sd}
        return point(self.reading.valence, self.reading.arousal) | spread

    @cached_property
    def unsteered(self) -> tuple[float, float] | None:
        """Where the chosen take, else the reading, puts the target at this moment: (valence, arousal)."""
        own = (self.brief and self.brief.direction) or self.reading
        if self.brief is None or own is None or self.reading is None:
            return None
        across, up = mapping.moment_pull(self.brief.moment, ())
        return min(max(own.valence + across, 0.0), 1.0), min(max(own.arousal + up, 0.0), 1.0)

    @property
    def steered(self) -> bool:
        """Did the person change what was seen?"""
        if self.target is None or self.unsteered is None or self.brief is None:
            return False
        own = point(*self.unsteered)
        far = max(abs(self.target[axis] - own[axis]) for axis in "xy")
        return far > 1.0 or bool(self.brief.switched_off)

    @cached_property
    def dots(self) -> list[Dot]:
        return list(dots((row.number, row.track) for row in self.rows))

    # --- the list

    @cached_property
    def rows(self) -> list[Row]:
        if self.head is None:
            return []
        rows = rows_of(self.head, self.viewer, self._served(), shared=self.shared)
        return list(headed(rows, self.brief.stages if self.brief else (), self.photos))

    def row_of(self, track_id: int) -> Row:
        """Raises NotFound."""
        for row in self.rows:
            if row.track.pk == track_id:
                return row
        raise NotFound

    @property
    def whole(self) -> bool:
        """Does the page hold what lies in its rows' folds?"""
        return self.opened is not None or self.template == "open"

    @property
    def opens(self) -> int:
        """The track whose fold is open from the start; 0 for none."""
        return int(self.opened) if self.opened and self.opened.isdecimal() and len(self.opened) < 20 else 0

    @property
    def playable(self) -> bool:
        """Has any of the tracks a sound that this page can play?"""
        return any(row.audio for row in self.rows)

    @property
    def only_elsewhere(self) -> bool:
        """Is there none to hear here, but links to where they are?"""
        return not self.playable and any(row.links for row in self.rows)

    @cached_property
    def services_note(self) -> resolving.Note | None:
        """On the music services that could not be asked for covers and previews; mostly none."""
        return resolving.note_of(self.conversation, self.head) if self.head and not self.shared else None

    @property
    def only_some_play(self) -> bool:
        """Would some not play where no music service can be reached?"""
        return not all(row.audio and not row.preview and not row.licence for row in self.rows)

    @property
    def credits(self) -> list[str]:
        """The words that the services whose previews and covers are shown ask for."""
        used = {name for row in self.rows for name in row.listed_at}
        return [offer.info.credit for offer in stores() if offer.info.name in used]

    @property
    def description(self) -> str:
        """The first artists in a sentence, for whoever is sent the list."""
        artists = list(dict.fromkeys(row.track.artist for row in self.rows if row.track.artist))
        heard = ", ".join(artists[:3]) + (" " + _("and others") if len(artists) > 3 else "")
        seen = f"{self.phrase[:1].upper()}{self.phrase[1:]}"
        return ". ".join(filter(None, [seen, heard]))

    @property
    def viewer(self) -> User | None:
        """Whose opinions are shown; nobody's to a stranger."""
        return None if self.shared else self.conversation.owner

    def _served(self) -> dict[int, tuple[str, ...]]:
        """By track, the names of those whose taste it serves, while several listen."""
        if self.head is None or len(self.people) < 2:
            return {}
        names = {member.person_id: member.name for member in self.people}
        ids = self.head.items.values_list("track_id", flat=True)
        served = blending.serving([member.person for member in self.people], list(ids))
        return {track: tuple(names[one] for one in whom) for track, whom in served.items()}

    @property
    def losses(self) -> list[tuple[int, str]]:
        """How many tracks went from the list with a service's music, and why."""
        return [(loss["count"], disconnect.why_lost(loss)) for loss in (self.head.lost if self.head else ())]

    # --- new songs by the calendar

    @property
    def refresh(self) -> Refresh | None:
        return None if self.shared else getattr(self.conversation, "refresh", None)

    @property
    def refresh_told(self) -> str:
        """When new songs come next, or why none do."""
        if self.refresh is None:
            return ""
        if self.refresh.state == Refresh.State.PAUSED:
            return " ".join(filter(None, (_("Paused."), _note(self.refresh), _("Set it again to go on."))))
        last = " " + _("Last time: {note}").format(note=_note(self.refresh)) if self.refresh.note else ""
        return _("Next on {day}.").format(day=refreshes.day_of(self.refresh)) + last

    @property
    def refresh_days(self) -> list[tuple[int, str]]:
        return [(day, str(name)) for day, name in Refresh.Weekday.choices]

    @property
    def refresh_weeks(self) -> list[tuple[int, str]]:
        return [(weeks, str(name)) for weeks, name in Refresh.Weeks.choices]

    # --- who listens

    @cached_property
    def session(self) -> Session | None:
        """The open session, if the viewer is in it."""
        return None if self.shared else together.session_of(self.conversation)

    @cached_property
    def people(self) -> list[Member]:
        return list(self.session.members.filter(left__isnull=True).select_related("person")) if self.session else []

    @property
    def cheers(self) -> dict[str, tuple[str, str]]:
        """The signs one may send to the others: each with its name."""
        return CHEERS

    @property
    def my_name(self) -> str:
        """By what the viewer's own words are marked in the talk: a guest's name, nothing for the owner."""
        return self.member.name if self.member else ""

    @property
    def methods(self) -> list[tuple[str, str]]:
        return [(name, _(says)) for name, says in METHODS.items()]

    @property
    def blend(self) -> str:
        return _(METHODS[self.session.method]) if self.session else ""

    # --- where the page asks and tells

    @property
    def post_url(self) -> str:
        return reverse("say", args=[self.conversation.pk])

    @property
    def react_url(self) -> str:
        """In a session the list goes by a reaction at once."""
        return reverse("together_react", args=[self.session.token]) if self.session else reverse("react")

    @property
    def url(self) -> str:
        """The page's own address, below which its fragments lie."""
        return reverse("conversation", args=[self.conversation.pk])

    @property
    def reacted(self) -> bool:
        """Has the person said something about tracks that this version does not know of yet?"""
        return self.head is not None and reactions.said_since(self.conversation.owner, self.head.created)

    @property
    def decided(self) -> int:
        """How many tracks the person's taste, or their dial, brought into the list."""
        return sum(bool(row.decided) for row in self.rows)

    @cached_property
    def rating(self) -> ListRating | None:
        return ratings.rating_of(self.conversation.owner, self.head) if self.head else None

    @property
    def stars(self) -> range:
        return ratings.STARS

    @cached_property
    def steering(self) -> TasteSettings:
        return steering.settings_of(self.conversation.owner)

    @cached_property
    def unmet(self) -> list[dict[str, Any]]:
        return self.head.unmet if self.head else []

    @cached_property
    def change(self) -> dict[str, Any]:
        change = self.head.change if self.head else {}
        return change if change.get("left") or change.get("came") else {}

    @property
    def minutes(self) -> int:
        return round(sum(row.track.duration for row in self.rows) / 60)

    @property
    def can_undo(self) -> bool:
        return revisions.neighbour(self.conversation, back=True) is not None

    @property
    def can_redo(self) -> bool:
        return revisions.neighbour(self.conversation, back=False) is not None

    # --- the talk and the work

    @cached_property
    def turns(self) -> list[Turn]:
        return list(self.conversation.turns.select_related("picture").prefetch_related("further__picture"))

    @cached_property
    def turn(self) -> Turn | None:
        return self.turns[-1] if self.turns else None

    @property
    def working(self) -> bool:
        return self.turn is not None and self.turn.state in Turn.OPEN

    @cached_property
    def steps(self) -> list[Step]:
        return steps_of(self.turn) if self.turn else []

    @property
    def step(self) -> Step | None:
        """What runs now."""
        return next((step for step in self.steps if step.state == "running"), None)

    @property
    def took(self) -> str:
        if self.turn is None or self.turn.finished is None:
            return ""
        return in_seconds((self.turn.finished - self.turn.created).total_seconds())

    @property
    def fit(self) -> dict[str, Any] | None:
        """How well the uploaded song and the picture fit, when both were given."""
        return (self.turn.verdict or {}).get("fit") if self.turn else None

    @cached_property
    def template(self) -> str:
        """How the list is laid out: usual, compact or open (``feedback.treatments``)."""
        if self.shared:
            return "usual"
        return arm_for(self.conversation.owner, "page", self.experiments).template or "usual"

    @cached_property
    def experiments(self) -> list[Experiment]:
        """Those that run now."""
        return running()

    @property
    def suggestions(self) -> list[str]:
        return [_(text) for text, fits in SUGGESTIONS if self.brief is None or fits(self.brief)]
