"""Who may send: one token for one instance of a service, bound to the first host that uses it (8)."""

from __future__ import annotations

from django.db import models

from yunheng.domain.services.models import Service


class Sender(models.Model):
    """The plug-in of an instance. Only the digest of its token is kept; what it was heard with last is."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="senders")
    instance = models.CharField("实例", max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    enrolled_at = models.DateTimeField("登记时间")
    enrolled_by = models.ForeignKey("parties.Person", models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)
    host = models.CharField("主机标识", max_length=200, blank=True)
    heard_at = models.DateTimeField("最近上报", null=True, blank=True)
    version = models.CharField("插件版本", max_length=40, blank=True)
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
