"""Experiments with their arms, who saw which, and what is set for everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings as site
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from feedback.treatments import Treatment, treatment_from
from recommender.models import Playlist

if TYPE_CHECKING:
    from collections.abc import Sequence

BUCKETS = 10_000
_share = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class Experiment(models.Model):
    """A question put to part of the people.

    State machine (transitions in ``lifecycle``): draft -> running -> stopped -> decided; draft -> deleted. Only a draft
    can be edited: who sees what is fixed from the start to the end. ``traffic``: share of the people who take part;
    experiments of one ``layer`` never share a person: each has its own stretch of the layer's buckets, from
    ``first_bucket``. ``holdout``: share of people kept out of every experiment, the same people for all.
    ``least_effect``: the smallest difference of the metric worth finding; it shapes the test and the power.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        RUNNING = "running"
        STOPPED = "stopped"
        DECIDED = "decided"

    class Design(models.TextChoices):
        GROUPS = "groups", "each person gets one arm"
        INTERLEAVED = "interleaved", "each list is drafted from both arms"

    class Surface(models.TextChoices):
        LIST = "list", "what is chosen"
        PAGE = "page", "how the list is shown"

    class Metric(models.TextChoices):
        LIKED = "liked", "people who liked a track"
        LIKES = "likes", "likes a person"
        SKIPS = "skips", "skipped share of what was started"
        REFUSALS = "refusals", "people who refused something"
        SECONDS = "seconds", "seconds until the list was there"

    RISES_BADLY: ClassVar[tuple[str, ...]] = ("skips", "refusals", "seconds")
    """Metrics of which less is better."""

    name = models.SlugField(max_length=40, unique=True)
    question = models.CharField(max_length=300, help_text="What is tried, and why it should help.")
    design = models.CharField(max_length=12, choices=Design, default=Design.GROUPS)
    surface = models.CharField(max_length=8, choices=Surface, default=Surface.LIST)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT, editable=False)
    salt = models.CharField(max_length=32, editable=False)
    traffic = models.FloatField(default=1.0, validators=_share)
    layer = models.SlugField(max_length=40, blank=True, help_text="Experiments of one layer never share a person.")
    first_bucket = models.PositiveSmallIntegerField(default=0, editable=False)
    holdout = models.FloatField(default=0.0, validators=_share)
    metric = models.CharField(max_length=8, choices=Metric, default=Metric.LIKED)
    guardrails = models.JSONField(default=list, blank=True, help_text="Metrics that must not get worse.")
    least_effect = models.FloatField(default=0.05, validators=[MinValueValidator(0.001)])
    hours = models.PositiveSmallIntegerField(
        default=24, validators=[MinValueValidator(1)], help_text="What counts is what a person does this long after."
    )
    decision = models.CharField(max_length=300, blank=True, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    started = models.DateTimeField(null=True, editable=False)
    stopped = models.DateTimeField(null=True, editable=False)
    decided = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created"]
        permissions = [("run_experiment", "Can start, stop and decide experiments")]
        constraints = [
            models.CheckConstraint(condition=Q(traffic__gt=0, traffic__lte=1), name="experiment_traffic"),
            models.CheckConstraint(condition=Q(holdout__gte=0, holdout__lt=1), name="experiment_holdout"),
            models.CheckConstraint(condition=Q(least_effect__gt=0), name="experiment_least_effect"),
            models.CheckConstraint(condition=Q(first_bucket__lt=BUCKETS), name="experiment_first_bucket"),
            models.CheckConstraint(
                condition=Q(state="draft", started__isnull=True) | ~Q(state="draft") & Q(started__isnull=False),
                name="experiment_started",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "running"], stopped__isnull=True)
                | Q(state__in=["stopped", "decided"], stopped__isnull=False),
                name="experiment_stopped",
            ),
            models.CheckConstraint(
                condition=Q(state="decided", decided__isnull=False) & ~Q(decision="")
                | ~Q(state="decided") & Q(decided__isnull=True, decision=""),
                name="experiment_decided",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def buckets(self) -> range:
        """The stretch of buckets whose people take part."""
        return range(self.first_bucket, self.first_bucket + round(self.traffic * BUCKETS))

    def arms_in_order(self) -> Sequence[Arm]:
        """The control first."""
        return list(self.arms.order_by("-control", "pk"))


class Arm(models.Model):
    """One way of doing it. ``settings``: a ``Treatment`` as JSON, empty for the usual way; ``share``: its part of the
    people who take part, beside the other arms' shares."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="arms")
    name = models.SlugField(max_length=20)
    control = models.BooleanField(default=False, help_text="What the others are compared with.")
    share = models.FloatField(default=1.0, validators=[MinValueValidator(0.01)])
    settings = models.JSONField(
        default=dict,
        blank=True,
        help_text='Such as {"weights": {"affect": 0.3}}, {"explore": 0.1}, {"template": "compact"}.',
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-control", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "name"], name="arm_name_once"),
            models.UniqueConstraint(fields=["experiment"], condition=Q(control=True), name="arm_one_control"),
            models.CheckConstraint(condition=Q(share__gt=0), name="arm_share"),
        ]

    def __str__(self) -> str:
        return f"{self.experiment.name}:{self.name}"

    @property
    def mark(self) -> str:
        """How a list's policy names this arm."""
        return f"arm{self.pk}"

    @property
    def treatment(self) -> Treatment:
        return replace(treatment_from(self.settings), arms=(self.mark,))


class Exposure(models.Model):
    """A person really saw what an arm made; once a person and experiment, at the first time. Without ``arm``: a list
    drafted from both.

    ``seconds``: how long the person had waited for the list.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="exposures")
    arm = models.ForeignKey(Arm, on_delete=models.CASCADE, null=True, blank=True, related_name="exposures")
    person = models.ForeignKey(site.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="exposures")
    playlist = models.ForeignKey(Playlist, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    seconds = models.FloatField(null=True, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "experiment"], name="exposure_once"),
            models.CheckConstraint(condition=Q(seconds__isnull=True) | Q(seconds__gte=0), name="exposure_seconds"),
        ]
        indexes = [models.Index(fields=["experiment", "at"], name="exposure_experiment_at")]


class Tuning(models.Model):
    """What is set for everybody in place of the built-in way; the newest row that stands counts."""

    settings = models.JSONField(default=dict, help_text="As for an arm of an experiment.")
    why = models.CharField(max_length=300)
    by = models.ForeignKey(site.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    since = models.DateTimeField(default=timezone.now, editable=False)
    undone = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-since", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(undone__isnull=True) | Q(undone__gte=F("since")), name="tuning_undone_after"
            )
        ]

    def __str__(self) -> str:
        return self.why
