"""What parties are told: in the platform, by mail and by webhook, through outboxes that survive everything."""

from django.db import models
from django.db.models import Q


class Notice(models.Model):
    """A message to an organisation about a case. Delivery is receipt (R-014); opening it is recorded as well.

    The digest of a ``week`` (its Monday) is to one ``person`` and imposes nothing: it is no notice to the organisation.
    """

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="notices")
    person = models.ForeignKey("parties.Person", models.PROTECT, null=True, blank=True, related_name="digests")
    week = models.DateField("周一", null=True, blank=True)
    case = models.ForeignKey("workflow.Case", models.PROTECT, null=True, blank=True, related_name="notices")
    subject = models.CharField("标题", max_length=120)
    text = models.TextField("内容")
    cite = models.CharField("依据", max_length=10, blank=True)
    delivered_at = models.DateTimeField("送达时间")
    opened_at = models.DateTimeField("打开时间", null=True, blank=True)
    opened_by = models.ForeignKey("parties.Person", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-delivered_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["person", "week"], name="digest_once")]
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


class WebhookEndpoint(models.Model):
    """Where an organisation's machine is told of events. The secrets are kept sealed; removing erases them."""

    organisation = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="webhooks")
    url = models.CharField("推送地址", max_length=500)
    label = models.CharField("用途", max_length=60)
    kinds = models.JSONField("事件", default=list)  # procedures (application) or steps of one (application.notify)
    secret = models.BinaryField()
    previous_secret = models.BinaryField(default=b"")  # signs as well until previous_until
    previous_until = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField("登记时间")
    paused_at = models.DateTimeField("暂停时间", null=True, blank=True)
    pause_reason = models.CharField("暂停原因", max_length=100, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)  # the organisation knows of the failure; once is enough
    revoked_at = models.DateTimeField("删除时间", null=True, blank=True)

    class Meta:
        ordering = ["organisation", "label"]

    def wants(self, kind: str, step: str) -> bool:
        """Whether a step of a procedure is among the chosen events; none chosen means all."""
        return not self.kinds or kind in self.kinds or f"{kind}.{step}" in self.kinds


class WebhookDelivery(models.Model):
    """An event waiting to be sent to an endpoint; the body is what is signed, to the letter."""

    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries")
    event_id = models.CharField("事件号", max_length=40)
    type = models.CharField("事件", max_length=80)
    subject = models.CharField("办件", max_length=24)
    body = models.TextField()
    created_at = models.DateTimeField("时间")
    next_try_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField("次数", default=0)
    code = models.PositiveSmallIntegerField("答复", null=True, blank=True)
    error = models.CharField("原因", max_length=200, blank=True)
    delivered_at = models.DateTimeField("送达时间", null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["endpoint", "event_id"], name="webhook_event_once")]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(delivered_at__isnull=True, failed_at__isnull=True),
                name="webhook_waiting",
            )
        ]

    @property
    def status(self) -> str:
        """delivered · failed · waiting"""
        return "delivered" if self.delivered_at else "failed" if self.failed_at else "waiting"
