"""The record: one chain over every act, which shows when a row was changed or taken away."""

from django.db import models


class Record(models.Model):
    """A link: canonical JSON of what happened, and the HMAC-SM3 over it and the link before."""

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    kind = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    body = models.TextField()
    mac = models.CharField(max_length=64)

    class Meta:
        ordering = ["sequence"]


class Head(models.Model):
    """The end of the chain; locked by whoever adds to it. One row."""

    sequence = models.PositiveBigIntegerField(default=0)
    mac = models.CharField(max_length=64, default="")
