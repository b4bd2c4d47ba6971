"""What is known of a track beside its sound: styles, themes, moods, who sings, how well known it is."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from recommender.models.catalogue import Track, unit_or_null


class Annotation(models.Model):
    """``styles`` (the most telling first), ``themes`` and ``moods`` are names of ``recommender.music``; ``fame`` 0..1;
    ``valence`` and ``arousal`` as listeners would feel them, where somebody judged this very song. ``provenance`` says
    how it is known, ``confidence`` (0..1) how far to trust it."""

    class Provenance(models.TextChoices):
        SONG = "song", "the song is known"
        ARTIST = "artist", "its artist is known"
        GENRE = "genre", "its genre is known"
        LLM = "llm", "a language model told it"

    track = models.OneToOneField(Track, on_delete=models.CASCADE, primary_key=True, related_name="annotation")
    styles = ArrayField(models.CharField(max_length=40), default=list)
    themes = ArrayField(models.CharField(max_length=40), default=list)
    moods = ArrayField(models.CharField(max_length=20), default=list)
    vocals = models.CharField(max_length=8, blank=True)
    fame = models.FloatField(null=True)
    valence = models.FloatField(null=True)
    arousal = models.FloatField(null=True)
    provenance = models.CharField(max_length=8, choices=Provenance)
    confidence = models.FloatField()
    version = models.CharField(max_length=12)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=unit_or_null("fame"), name="annotation_fame_unit"),
            models.CheckConstraint(condition=unit_or_null("valence"), name="annotation_valence_unit"),
            models.CheckConstraint(condition=unit_or_null("arousal"), name="annotation_arousal_unit"),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="annotation_confidence_unit"
            ),
        ]
        indexes = [
            GinIndex(fields=["styles"], name="annotation_styles"),
            GinIndex(fields=["themes"], name="annotation_themes"),
        ]
