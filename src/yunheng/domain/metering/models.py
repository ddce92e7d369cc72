"""Who may send: one token for one instance of a service, bound to the first host that uses it (8); and who fell silent."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import models
from django.utils.timezone import localdate

from yunheng.domain.parties.queries import offices
from yunheng.domain.services.models import Service
from yunheng.foundation.calendars.queries import calendar_for
from yunheng.foundation.workflow.models import Case, parameters_on
from yunheng.law.ch2_use.art08_silence import Gap, Shown, shown_by
from yunheng.law.ch5_supervision.art24_integrity import INTEGRITY, Doubt, Mended
from yunheng.law.ch5_supervision.art24_uninstall import UNINSTALL, Suspicion
from yunheng.law.kernel.machine import By, Step


class Sender(models.Model):
    """The plug-in of an instance. Only the digest of its token is kept; what it was heard with last is."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="senders")
    instance = models.CharField("实例", max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    enrolled_at = models.DateTimeField("登记时间")
    enrolled_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    host = models.CharField("主机标识", max_length=200, blank=True)
    key = models.CharField("签名公钥", max_length=64, blank=True)  # Ed25519 in hex, bound like the host
    heard_at = models.DateTimeField("最近上报", null=True, blank=True)
    version = models.CharField("插件版本", max_length=40, blank=True)
    booted_at = models.DateTimeField("主机启动", null=True, blank=True)
    started_at = models.DateTimeField("插件启动", null=True, blank=True)
    stopping_at = models.DateTimeField("插件告知停止", null=True, blank=True)
    stopping_reason = models.CharField("停止原因", max_length=200, blank=True)
    strange_host = models.CharField("他机使用", max_length=200, blank=True)  # another host that used the token
    strange_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["service", "instance", "-enrolled_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "instance"], condition=models.Q(revoked_at=None), name="sender_once"
            )
        ]

    def __str__(self) -> str:
        return self.resource

    @property
    def resource(self) -> str:
        """The instance's identity in everything measured: place, service, instance."""
        return resource_of(self.service, self.instance)


class Stranger(models.Model):
    """Another host, or the same one with another key, that came with the token of a sender and was refused."""

    sender = models.ForeignKey(Sender, models.CASCADE, related_name="strangers")
    host = models.CharField("主机标识", max_length=200)
    key = models.CharField("签名公钥", max_length=64, blank=True)
    first_at = models.DateTimeField("首次")
    last_at = models.DateTimeField("最近")
    times = models.PositiveIntegerField("次数", default=1)

    class Meta:
        ordering = ["sender", "first_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["sender", "host", "key"], name="stranger_once")]


class Goodbye(models.Model):
    """What a plug-in said when it was stopped, whole, so that a third person can check the signature.

    ``said`` is the text that was signed; without a signature it is empty.
    """

    sender = models.ForeignKey(Sender, models.CASCADE, related_name="goodbyes")
    received_at = models.DateTimeField("收到时间")
    reason = models.CharField("停止原因", max_length=200)
    said = models.TextField("所签内容", blank=True)
    key = models.CharField("签名公钥", max_length=64, blank=True)
    signature = models.CharField("签名", max_length=88, blank=True)
    verdict = models.CharField("核验", max_length=8)  # of goodbyes.VERDICTS

    class Meta:
        ordering = ["sender", "-received_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["sender", "signature"], condition=~models.Q(signature=""), name="goodbye_once"
            )
        ]


class Silence(models.Model):
    """A plug-in was not heard for long and came back: what was known before and after."""

    sender = models.ForeignKey(Sender, models.CASCADE, related_name="silences")
    since = models.DateTimeField("停报自")
    until = models.DateTimeField("恢复")
    backfilled = models.BooleanField("已补报", default=False)
    booted_before = models.DateTimeField(null=True)
    booted_after = models.DateTimeField(null=True)
    started_before = models.DateTimeField(null=True)
    started_after = models.DateTimeField(null=True)

    class Meta:
        ordering = ["sender", "-since"]
        constraints = [models.UniqueConstraint(fields=["sender", "since"], name="silence_once")]

    @property
    def shown(self) -> Shown:
        """What the return shows (8)."""
        gap = Gap(
            self.since, self.until, self.backfilled, (self.booted_before, self.booted_after),
            (self.started_before, self.started_after),
        )  # fmt: skip
        return shown_by(gap, parameters_on(localdate(self.until), self.sender.service.jurisdiction_id))


class Uninstall(Case):
    """A plug-in that fell silent for long while its instance runs; opened by the clock, decided by people (24.1.4)."""

    machine = UNINSTALL

    sender = models.ForeignKey(Sender, models.PROTECT, related_name="cases")
    silent_since = models.DateTimeField("停报自")
    evidence = models.JSONField("立案时的监测记录", default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "silent_since"], name="uninstall_once")]

    @property
    def silence(self) -> Silence | None:
        """The silence as it ended; None while the plug-in has not been heard again."""
        return self.sender.silences.filter(since=self.silent_since).first()

    def editable_by(self, actor: Any) -> bool:
        return False

    def holders(self, by: By) -> Iterable[int]:
        """The unit, whose plug-in it is; centre and bureau of the place."""
        return [self.unit_id] if by.kind == "user_unit" else offices(self.jurisdiction_id, by.kind)

    def content(self, *, on: date) -> dict[str, Any]:
        """The record of the monitoring as it was, and what the return shows."""
        ended = self.silence
        return {"evidence": self.evidence, "shown": ended.shown if ended else None}

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """The centre's word is awaited only after the unit's."""
        return step.name != "accept" or self.state == "explained"

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        if guard == "plugin_back":
            heard = self.sender.heard_at
            return (localdate(heard) if heard else None, on)
        ended = self.silence
        return Suspicion(
            explained=self.state == "explained",
            waited=calendar_for(self.jurisdiction_id).working_days_between(localdate(self.created_at), on),
            silent_since=localdate(self.silent_since),
            shown=ended.shown if ended else None,
        )


class Integrity(Case):
    """Data of a plug-in that may not be its machine's; opened by the clock, decided by people (24.1.4, R-029)."""

    machine = INTEGRITY

    sender = models.ForeignKey(Sender, models.PROTECT, related_name="doubts")
    ground = models.CharField("核查事由", max_length=8)  # of art24_integrity.GROUNDS
    seen_at = models.DateTimeField(
        "发现时点"
    )  # the newest stranger's first moment; the end of the hours that stood still
    evidence = models.JSONField("立案时的监测记录", default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sender", "ground", "seen_at"], name="integrity_once")]

    def editable_by(self, actor: Any) -> bool:
        return False

    def holders(self, by: By) -> Iterable[int]:
        """The unit, whose plug-in it is; centre and bureau of the place."""
        return [self.unit_id] if by.kind == "user_unit" else offices(self.jurisdiction_id, by.kind)

    def content(self, *, on: date) -> dict[str, Any]:
        """The record of the monitoring as it was."""
        return {"ground": self.ground, "evidence": self.evidence}

    def awaits(self, step: Step, by: By, holder_id: int) -> bool:
        """The centre's word is awaited only after the unit's."""
        return step.name != "dismiss" or self.state == "explained"

    def facts(self, guard: str, *, on: date, data: dict[str, Any]) -> Any:
        if guard == "data_sound":
            from yunheng.domain.metering.constant import varies

            varied = self.ground == "constant" and varies(self.sender.resource, on=on)
            ended, replaced = not self.sender.service.runs_on(on), self.sender.revoked_at is not None
            return Mended(self.ground, ended=ended, replaced=replaced, varies=varied)
        days = calendar_for(self.jurisdiction_id).working_days_between(localdate(self.created_at), on)
        return Doubt(self.ground, explained=self.state == "explained", waited=days)


class UsageTable(models.Model):
    """A table of utilisation that a provider handed in (10.2); its figures are in the store, under their resources."""

    provider = models.ForeignKey("parties.Organisation", models.PROTECT, related_name="usage_tables")
    person = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    received_at = models.DateTimeField("收到时间")
    filename = models.CharField("文件", max_length=200)
    digest = models.CharField("SM3", max_length=64)
    rows = models.PositiveIntegerField("行数")
    instances = models.PositiveIntegerField("实例数")
    first = models.DateField("自")
    last = models.DateField("至")

    class Meta:
        ordering = ["-received_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.filename} {self.first}～{self.last}"


def resource_of(service: Service, instance: str) -> str:
    """The ledger's instance identity as text; numbers of services repeat from place to place."""
    return f"{service.jurisdiction.code}/{service.number}/{instance}"
