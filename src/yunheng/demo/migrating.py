"""Systems that move to other nodes (15.2): at each stage, one of them long enough for the old node to be the unit's."""

from __future__ import annotations

from datetime import date
from typing import Any

from yunheng.demo.application import TO_OPEN, apply
from yunheng.demo.calendar import Story
from yunheng.domain.services import involvements
from yunheng.domain.services.applications import LineInput
from yunheng.domain.services.migration import operations as do
from yunheng.domain.services.models import Migration, Service
from yunheng.foundation.workflow import doors
from yunheng.foundation.workflow.models import Case
from yunheng.law.kernel.machine import MACHINES

PLATFORM, UNIT = "platform", "unit"
REASONS = {
    PLATFORM: "平台底座升级，原资源池年底前下线，须迁移至新资源池",
    UNIT: "业务系统升级改造，须在新节点重新部署，验证期间两个节点并行",
}
# The cause that is decided; what follows its registration, each a working day later ("-n": n of them); how many working
# days before the end of the story the new node was opened, None where it is still to be.
CASES: tuple[tuple[str, tuple[str, ...], int | None], ...] = (
    (PLATFORM, (), None),
    (PLATFORM, ("decide_cause",), None),
    (PLATFORM, ("decide_cause", "contest"), None),
    (UNIT, ("decide_cause",), 33),
    (UNIT, ("decide_cause", "contest", "decide_at_bureau"), 12),
    (PLATFORM, ("decide_cause", "report_complete"), 9),
    (PLATFORM, ("decide_cause", "report_complete", "dispute", "report_complete-3", "confirm"), 11),
    (UNIT, ("decide_cause", "report_complete-46", "confirm", "release"), 52),
    (PLATFORM, ("decide_cause", "report_complete", "confirm", "release"), 24),
    (UNIT, ("decide_cause", "abort-5"), 14),
    (PLATFORM, ("withdraw",), None),
)
BY = {
    "decide_cause": ("centre", "reviewer"), "contest": ("unit", "head"), "decide_at_bureau": ("bureau", "approver"),
    "report_complete": ("provider", "delivery"), "dispute": ("unit", "head"), "confirm": ("unit", "head"),
    "release": ("provider", "delivery"), "abort": ("unit", "head"), "withdraw": ("unit", "head"),
}  # fmt: skip
WORDS = {
    "decide_cause": "经查云服务商迁移计划和用户单位说明，认定如上", "contest": "本次迁移由平台下线旧资源池引起，不是本单位业务需要",
    "decide_at_bureau": "经核，系本单位改造部署所需", "dispute": "历史附件尚未迁移完毕", "abort": "改造项目延期，先在原节点运行",
    "withdraw": "资源池下线时间推迟，暂不迁移",
}  # fmt: skip


def tell(story: Story) -> int:
    """So many migrations; fewer where few systems are free to go."""
    last, count = story.working(story.until), 0
    for (cause, steps, back), service in zip(CASES, _free(story), strict=False):
        _one(story, service, cause, steps, story.earlier(last, 4 if back is None else back), back)
        count += 1
    return count


def _free(story: Story) -> list[Service]:
    """One old covered service of each of several systems, that no open case is about; nothing that is not paid by month."""
    over = [state.name for machine in MACHINES.values() for state in machine.states if state.final]
    held = Case.objects.filter(kind__in=("change", "migration")).exclude(state__in=over).values("system")
    rows = Service.objects.filter(closed_on=None, lane="covered", trial=False, quantity__gt=1)
    rows = (
        rows.filter(opened_on__lt=story.earlier(story.until, 80))
        .exclude(sku__startswith="P-")
        .exclude(sku__startswith="U-")
    )
    rows = rows.exclude(system__in=held).exclude(unit=story.city.units[-1]).order_by("system_id", "number")
    found: dict[int, Service] = {}
    for service in involvements.free(rows.select_related("system__unit", "contract__provider")):
        found.setdefault(service.system_id, service)
    chosen, waiting = list(found.values()), [steps[-1:] for _, steps, _ in CASES].index(("report_complete",))
    own = next((service for service in chosen if service.unit == story.city.units[0]), None)
    if own is not None and len(chosen) > waiting:  # its head has one to confirm
        chosen.remove(own)
        chosen.insert(waiting, own)
    return chosen


def _one(
    story: Story, source: Service, cause: str, steps: tuple[str, ...], day: date, back: int | None
) -> None:  # fmt: skip
    target = ""
    if back is not None:
        line = LineInput("第 1 行", source.sku, source.quantity, purpose="新节点")
        apply(story, source.system, story.earlier(day, TO_OPEN), "in_service", [line])
        target = Service.objects.filter(system=source.system, sku=source.sku).order_by("-pk")[0].number
    day = story.later(day, 1)
    at = story.moment(day, 9)
    head = story.actor(source.unit, "head", at)
    case = do.register(pairs=[(source.number, target)], reason=REASONS[cause], actor=head, at=at)
    for n, named in enumerate(steps):
        name, _, wait = named.partition("-")
        day = story.later(day, int(wait or 1))
        _take(story, case, name, day, cause, n)


def _take(story: Story, case: Migration, name: str, day: date, cause: str, n: int) -> None:
    case.refresh_from_db()
    assert case.provider is not None
    side, role = BY[name]
    places = {"unit": case.unit, "provider": case.provider, "bureau": story.city.bureau, "centre": story.city.centre}
    carried: dict[str, dict[str, Any]] = {
        "decide_cause": {"cause": cause}, "decide_at_bureau": {"cause": cause}, "confirm": {"day": day.isoformat()},
        "release": {"day": day.isoformat()}, "abort": {"day": day.isoformat()},
    }  # fmt: skip
    at = story.moment(day, 10 + n)
    sent = {"opinion": WORDS.get(name, ""), **carried.get(name, {})}
    doors.take(case, name, sent=sent, actor=story.actor(places[side], role, at), at=at)
