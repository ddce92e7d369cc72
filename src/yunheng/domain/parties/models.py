"""Who takes part (Article 4): jurisdictions, organisations, people and the dated roles that they hold."""

from datetime import date

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q

from yunheng.law.ch1_general.art04_parties import BUDGET_LEVELS, KINDS, LEVELS, ROLES


class Jurisdiction(models.Model):
    """A city, district, county or zone that runs the measures (Article 27). Everything belongs to one."""

    code = models.CharField("区划代码", max_length=12, unique=True)  # GB/T 2260, or the zone's own
    name = models.CharField("名称", max_length=60)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    measures_title = models.CharField("办法名称", max_length=80, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Organisation(models.Model):
    """A party. Only a first-level budget unit with legal personality commits itself (4.2)."""

    jurisdiction = models.ForeignKey(Jurisdiction, models.PROTECT, related_name="organisations")
    kind = models.CharField("类别", max_length=12, choices=KINDS)
    name = models.CharField("名称", max_length=80)
    short_name = models.CharField("简称", max_length=30)
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)  # GB 32100
    budget_code = models.CharField("预算单位编码", max_length=12, blank=True)
    budget_level = models.PositiveSmallIntegerField("预算级次", choices=BUDGET_LEVELS, default=1)
    has_legal_personality = models.BooleanField("独立法人", default=True)
    level = models.CharField("层级", max_length=12, choices=LEVELS, default="municipal")
    letter_word = models.CharField("机关代字", max_length=8, blank=True)  # begins the numbers of its letters
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="subordinates")

    class Meta:
        ordering = ["jurisdiction", "kind", "name"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "name"], name="organisation_name_once"),
        ]

    def __str__(self) -> str:
        return self.short_name

    @property
    def principal(self) -> "Organisation":
        """The unit that submits for this one: itself, or the first-level unit above it."""
        return self.parent.principal if self.kind == "user_unit" and self.parent else self

    def called(self, on: date) -> "tuple[str, str]":
        """Name and short name on a day; what was issued under an earlier name keeps it."""
        before = [row for row in self.former_names.all() if on < row.valid_to]
        found = min(before, key=lambda row: row.valid_to) if before else self
        return found.name, found.short_name


class FormerName(models.Model):
    """What an organisation was called before ``valid_to``, the first day of its next name."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="former_names")
    name = models.CharField("名称", max_length=80)
    short_name = models.CharField("简称", max_length=30)
    valid_to = models.DateField("至（不含）")
    ground = models.CharField("依据", max_length=200)

    class Meta:
        ordering = ["organisation", "valid_to"]
        constraints = [models.UniqueConstraint(fields=["organisation", "valid_to"], name="former_name_once")]


class PersonManager(BaseUserManager["Person"]):
    """Accounts by user name, as the login asks for them."""


class Person(AbstractBaseUser):
    """Somebody who works for one organisation. What a person may do follows from the dated roles."""

    username = models.CharField("账号", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="people")
    title = models.CharField("职务", max_length=40, blank=True)
    email = models.EmailField("邮箱", blank=True)
    is_active = models.BooleanField("启用", default=True)
    weekly_digest = models.BooleanField("接收工作周报", default=True)

    objects = PersonManager()
    USERNAME_FIELD = "username"

    class Meta:
        ordering = ["organisation", "name"]

    def __str__(self) -> str:
        return self.name


class RoleGrant(models.Model):
    """A role that a person holds in ``[valid_from, valid_to)``, in its own right or for somebody of the organisation.

    ``kinds`` are the procedures in which a deputy may act, none for all; what is revoked ends at once.
    """

    person = models.ForeignKey(Person, models.PROTECT, related_name="grants")
    role = models.CharField("角色", max_length=12, choices=ROLES)
    valid_from = models.DateField("自")
    valid_to = models.DateField("至（不含）", null=True, blank=True)
    ground = models.CharField("依据", max_length=120, blank=True)
    on_behalf_of = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="deputies")
    kinds = models.JSONField("限于的程序", default=list, blank=True)
    attachment = models.ForeignKey("documents.Attachment", models.PROTECT, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    class Meta:
        ordering = ["person", "valid_from"]
        constraints = [
            models.CheckConstraint(
                name="grant_period", condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from"))
            ),
            models.UniqueConstraint(
                fields=["person", "role", "valid_from"],
                name="grant_once",
                condition=Q(on_behalf_of__isnull=True, revoked_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["person", "role", "valid_from", "on_behalf_of"],
                name="mandate_once",
                condition=Q(on_behalf_of__isnull=False, revoked_at__isnull=True),
            ),
        ]


class ApiToken(models.Model):
    """A bearer token with which an organisation's machine acts as one of its people. Only the digest is kept."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="tokens")
    person = models.ForeignKey(Person, models.PROTECT, related_name="tokens")
    label = models.CharField("用途", max_length=60)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    valid_to = models.DateField("至（不含）")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["organisation", "label"]
