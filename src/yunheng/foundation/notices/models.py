"""What parties are told: in the platform, and by mail through an outbox that survives everything."""

from django.db import models


class Notice(models.Model):
    """A message to an organisation about a case. Delivery is receipt (R-014); opening it is recorded as well."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="notices")
    case = models.ForeignKey("workflow.Case", models.PROTECT, null=True, blank=True, related_name="notices")
    subject = models.CharField("标题", max_length=120)
    text = models.TextField("内容")
    cite = models.CharField("依据", max_length=10, blank=True)
    delivered_at = models.DateTimeField("送达时间")
    opened_at = models.DateTimeField("打开时间", null=True, blank=True)
    opened_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-delivered_at", "-id"]
        indexes = [
            models.Index(fields=["organisation", "-delivered_at"]),
            models.Index(fields=["organisation"], condition=models.Q(opened_at=None), name="notice_unread"),
            models.Index(fields=["case", "organisation"]),
        ]


class Mail(models.Model):
    """An e-mail waiting in the outbox; written in the transaction of the act, sent after it."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="mails")
    address = models.EmailField("收件人")
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["next_try_at"]
        constraints = [models.UniqueConstraint(fields=["notice", "address"], name="mail_once")]
