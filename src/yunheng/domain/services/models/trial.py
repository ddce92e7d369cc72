"""What the clock has told of a free trial (7.2): each thing once, however often or late its job runs."""

from __future__ import annotations

from django.db import models

from yunheng.domain.services.models.ledger import Service


class TrialNote(models.Model):
    """A reminder before the end (``name`` is its days and the end that it spoke of), or that the trial has stopped."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="trial_notes")
    name = models.CharField(max_length=24)
    told_at = models.DateTimeField("告知时间")

    class Meta:
        ordering = ["service", "told_at"]
        constraints = [models.UniqueConstraint(fields=["service", "name"], name="trial_note_once")]
