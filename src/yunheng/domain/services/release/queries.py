"""The register of assessments (8, 19.2): of each system and kind the one that counts, and how it stands on a day."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When

from yunheng.domain.services.models import Assessment, Release
from yunheng.domain.systems.queries import systems
from yunheng.foundation.workflow.actor import Actor
from yunheng.foundation.workflow.models import parameters_on
from yunheng.law.ch2_use.art08_evidence import CONCLUSIONS, NOT_REQUIRED

# How a result stands, with its word and the look of its badge; what wants something done comes first.
STANDINGS = {
    "expired": ("已到期", "bad"), "failed": ("未通过", "bad"), "near": ("临近到期", "soon"), "claimed": ("待确认不需要", "run"),
    "valid": ("有效", "ok"), "not_required": ("不需要", "grey"),
}  # fmt: skip
BAD = {code for rows in CONCLUSIONS.values() for code, _, good in rows if not good}
COUNTS = ~Q(conclusion=NOT_REQUIRED) | Q(confirmed_at__isnull=False)


def assessments(*, actor: Actor, on: date) -> QuerySet[Assessment]:
    """The results that count of the systems that the actor may see, each with its ``standing`` and its ``release``.

    A claim that an assessment is not required counts before the centre's word only where there is no result (R-015).
    """
    held = Assessment.objects.filter(system=OuterRef("system"), kind=OuterRef("kind"), refused_at=None)
    counts = Case(When(COUNTS, then=Value(0)), default=Value(1))
    last = Subquery(held.order_by(counts, "-recorded_at", "-pk").values("pk")[:1])
    release = Release.objects.filter(system=OuterRef("system")).order_by("-created_at", "-pk")
    found = Assessment.objects.filter(system__in=systems(actor=actor), pk=last)
    near = on + timedelta(days=parameters_on(on, actor.jurisdiction_id)["expiry_reminder_90"].n)
    standing = Case(
        When(conclusion=NOT_REQUIRED, confirmed_at=None, then=Value("claimed")),
        When(conclusion=NOT_REQUIRED, then=Value("not_required")),
        When(conclusion__in=BAD, then=Value("failed")),
        When(valid_until__lt=on, then=Value("expired")),
        When(valid_until__lte=near, then=Value("near")),
        default=Value("valid"),
    )
    found = found.annotate(standing=standing, release=Subquery(release.values("number")[:1]))
    return found.select_related("system__unit").order_by(F("valid_until").asc(nulls_last=True), "system", "kind")
