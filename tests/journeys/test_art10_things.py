"""Article 10 for everything that runs and is no machine with a size: answered, suggested, given back; or why not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from django.test import Client

from tests.cast import Cast
from tests.journeys import inventories
from tests.journeys.advising import AT, filed_exit, host, measured, released, step
from tests.journeys.test_art09_change import signed_in
from yunheng.domain.catalog.models import Item
from yunheng.domain.funding.models import Price
from yunheng.domain.optimization.detecting import detect_place
from yunheng.domain.optimization.models import Answer, Suggestion
from yunheng.domain.optimization.words import target_words
from yunheng.domain.parties.operations import issue_token
from yunheng.domain.services.instances import replace_instances
from yunheng.domain.services.models import Service
from yunheng.foundation.calendars.operations import seed

pytestmark = pytest.mark.django_db

MORE = (
    ("N-SLB", "network", "SLB", "负载均衡 标准型", "个", "180", "month"), ("U-TRAFFIC", "network", "EIP", "公网流量", "GB", "1", "use"),
    ("X-HSS", "support", "SEC", "主机防护", "台", "60", "month"), ("C-VCPU", "compute", "ECS", "云主机 vCPU", "核", "48", "month"),
    ("S-OSS", "storage", "OSS", "对象存储 标准", "GB", "0.12", "month"),
)  # fmt: skip
LINES = (
    ("S-DISK-SSD", 500, "d-1 10.0.0.9"), ("N-BW", 100, "bw-1"), ("N-SLB", 2, "lb-1\nlb-2"), ("N-SLB", 1, "lb-3"),
    ("N-SLB", 1, ""), ("U-TRAFFIC", 5, "t-1"), ("X-HSS", 2, ""), ("C-VCPU", 64, "i-64"), ("S-OSS", 100, "b-1"),
)  # fmt: skip


def city(cast: Cast) -> dict[str, Service]:
    """A line of each sort since 1 February, by its first instance, or by its product where it has none."""
    seed(jurisdiction_id=cast.city.pk, at=AT - timedelta(days=140))
    for code, category, product, name, unit, price, per in MORE:
        Item.objects.create(jurisdiction=cast.city, code=code, category=category, product=product, name=name, unit=unit,
                            valid_from=date(2025, 1, 1))  # fmt: skip
        Price.objects.create(contract=cast.contract, sku=code, unit=unit, per=per, unit_price=Decimal(price),
                             valid_from=date(2026, 1, 1))  # fmt: skip
    found = {}
    for n, (sku, quantity, instances) in enumerate(LINES, 1):
        item = Item.objects.get(code=sku)
        found[instances.split()[0] if instances else sku] = Service.objects.create(
            jurisdiction=cast.city, number=f"S-2026-{n:04d}", unit=cast.education, system=cast.system,
            contract=cast.contract, sku=sku, name=item.name, measure=item.unit, quantity=Decimal(quantity),
            lane="covered", opened_on=date(2026, 2, 1), instances=instances,
        )  # fmt: skip
    return found


def flowing(services: dict[str, Service], *, at: datetime = AT, **rates: float) -> duckdb.DuckDBPyConnection:
    """Ninety days of traffic in bytes a second by instance; a name that ends in ``used`` is a disk, in % of it."""
    db, end = measured(at=at), at.replace(tzinfo=None, minute=0)
    for name, rate in rates.items():
        metric, instance = ("filesystem.used" if name.endswith("used") else "network.bytes"), name.replace("_", "-")
        instance = instance.removesuffix("-used")
        service = next(one for one in services.values() if instance in one.instances.split())
        db.execute(
            "INSERT INTO hourly SELECT ?, ?, hour, ?, ?, ?, 12 FROM generate_series(?::TIMESTAMP, ?::TIMESTAMP, INTERVAL 1 HOUR) t(hour)",
            [f"520100/{service.number}/{instance}", metric, rate, rate, rate, end - timedelta(days=98), end],
        )
    db.execute("DELETE FROM daily")
    db.execute(
        "INSERT INTO daily SELECT resource, metric, (hour + INTERVAL 8 HOUR)::DATE, max(p95), max(max) FROM hourly GROUP BY ALL"
    )
    return db


def answers() -> dict[tuple[str, str], tuple[str, str]]:
    return {(row.instance or row.service.sku, row.kind): (row.result, row.sentence) for row in Answer.objects.all()}


def test_every_running_line_is_answered_or_has_nothing_to_measure(cast: Cast) -> None:
    services = city(cast)
    db = flowing(services, bw_1=1_000_000, lb_1=10, lb_2=10, lb_3=5000, d_1_used=12.0)
    assert detect_place(jurisdiction_id=cast.city.pk, db=db, at=AT) == 1
    assert answers() == {
        ("d-1", "unattached"): ("undetermined", "没有挂载信息：云服务商的资源清单没有说明挂载，不作判断"),
        ("d-1", "disk"): ("inform", "偏大：已用12%，没有增长；下次变更时一并考虑"),
        ("bw-1", "unused"): ("quiet", "在用：流量最高的一小时为1,000,000字节/秒"),
        ("bw-1", "bandwidth"): ("inform", "带宽偏大：最忙的一小时占8%；下次变更时一并考虑"),
        ("bw-1", "undersized"): ("quiet", "带宽未见偏小：流量的P95占8%"),
        ("lb-1", "unused"): ("advise", "整个窗口没有流量"),
        ("lb-2", "unused"): ("advise", "整个窗口没有流量"),
        ("lb-3", "unused"): ("quiet", "在用：流量最高的一小时为5,000字节/秒"),
        ("N-SLB", "unused"): ("undetermined", "台账没有登记实例编号，无法对应监测数据，不作判断"),
        ("i-64", "idle"): ("undetermined", "按核或按容量购买，台账没有逐台的规格，不作判断"),
        ("b-1", "disk"): ("undetermined", "没有该实例的已用容量：使用情况表没有它的文件系统使用率，不作判断"),
    }


def test_an_unused_balancer_is_suggested_issued_and_given_back_through_an_exit(cast: Cast) -> None:
    services = city(cast)
    detect_place(jurisdiction_id=cast.city.pk, db=flowing(services, lb_1=10, lb_2=10), at=AT)
    case = Suggestion.objects.get()
    assert (case.advice, case.service, case.saving, target_words(case)) == ("unused", services["lb-1"], 360, "回收")
    kept = case.evidence["instances"][0]
    assert (kept["instance"], kept["windows"]["network.bytes/30"]["mean_peak"]) == ("lb-1", "10.0")
    assert case.title == "教师研修平台：负载均衡 标准型，未使用"
    assert "网络收发，30 天" in signed_in(cast, "sun").get(f"/cases/{case.number}").content.decode()
    step(cast, case, "issue")
    step(cast, case, "plan_adjustment", linked=filed_exit(cast, case).number)
    released(cast, case)
    step(cast, case, "adjusted")
    assert not case.going_on
    services["lb-1"].refresh_from_db()
    assert services["lb-1"].closed_on == AT.date()


def listed(cast: Cast, on: date, **more: dict[str, str]) -> None:
    """The provider's inventory of a day; the cells that say what holds a thing by the instance's name."""
    rows = [
        inventories.row(name, one.sku, f"{one.quantity:f}", service=one.number, system=cast.system.code, **more.get(name.replace("-", "_"), {}))
        for one in Service.objects.filter(instances__in=("d-1 10.0.0.9", "lb-3"))
        for name in (one.instances.split()[0],)
    ]  # fmt: skip
    inventories.compare(cast, rows, on)


def test_a_disk_that_no_inventory_saw_attached_for_thirty_days_is_suggested_and_frozen(cast: Cast) -> None:
    services, on = city(cast), AT.date()
    listed(cast, on - timedelta(days=31), d_1={"attached_to": "i-64"}, lb_3={"back_ends": "2"})
    for days in range(30, 1, -7):
        listed(cast, on - timedelta(days=days), d_1={"attached_to": "无"}, lb_3={"back_ends": "0"})
    db = flowing(services)
    assert detect_place(jurisdiction_id=cast.city.pk, db=db, at=AT - timedelta(days=1)) == 0
    assert answers()["d-1", "unattached"] == ("quiet", "未挂载29天，不足30天")
    assert answers()["lb-3", "unused"] == ("undetermined", "没有流量数据，不作判断")
    assert detect_place(jurisdiction_id=cast.city.pk, db=db, at=AT) == 2
    case = Suggestion.objects.get(service=services["d-1"])
    assert (case.advice, case.saving, target_words(case)) == ("unattached", 400, "回收")
    kept = case.evidence["instances"][0]
    assert (case.evidence["sentence"], kept["attachment"]) == ("未挂载已30天", {"free_days": 30, "unsure": ""})
    assert Suggestion.objects.get(service=services["lb-3"]).evidence["sentence"] == "整个窗口没有绑定，也没有后端"
    step(cast, case, "issue")
    step(cast, case, "plan_adjustment", linked=filed_exit(cast, case).number)
    assert (case.state, case.linked.kind) == ("adjusting", "exit")
    page = signed_in(cast, "chen").get(f"/cases/{case.number}").content.decode()
    for words in ("未挂载天数", "依据云服务商的资源清单，没有用到监测数据", "回收后年费", "这一类规则没有回测数据"):
        assert words in page


def test_a_reserve_and_the_idle_sibling_of_a_busy_machine_are_left_alone(cast: Cast) -> None:
    idle, busy = host(cast, n=1, instances=1), host(cast, n=2, load="busy", instances=1)
    spare, alone = host(cast, n=3, instances=1), host(cast, n=4, instances=1)
    chen, db = signed_in(cast, "chen"), measured()
    said = {idle: "应用", busy: "应用", spare: "灾备", alone: "数据库"}
    for service, word in said.items():
        name = service.instances.split()[0]
        assert chen.post(f"/services/{service.number}/roles", {"roles": f"{name} {word}"}).status_code == 302
    assert detect_place(jurisdiction_id=cast.city.pk, db=db, at=AT) == 1
    rules = {row.service_id: (row.result, row.rule) for row in Answer.objects.filter(kind="idle")}
    assert rules[idle.pk] == ("quiet", "sibling_idle")
    assert rules[spare.pk] == ("quiet", "machine_idle")
    assert Answer.objects.get(service=spare, kind="cpu").rule == "no_reserve"
    assert Suggestion.objects.get().service == alone
    shown = chen.get(f"/services/{spare.number}/why").content.decode()
    assert "实例用途" in shown
    assert "灾备" in shown
    refused = chen.post(f"/services/{spare.number}/roles", {"roles": "i-9 应用\ni-idle-3-0\ni-idle-3-0 甲 乙"})
    assert refused.status_code == 422
    told = refused.content.decode()
    for words in (
        "第 1 行：台账中没有实例“i-9”",
        "第 2 行：实例“i-idle-3-0”后面没有用途",
        "第 3 行：实例 i-idle-3-0 写了两次",
        "不含空格",
    ):
        assert words in told
    assert signed_in(cast, "he").get(f"/services/{spare.number}/roles").status_code == 404
    assert signed_in(cast, "wu").post(f"/services/{spare.number}/roles", {"roles": ""}).status_code == 403
    token = issue_token(person=cast.person("sun"), label="监测", valid_to=date(2199, 1, 1), at=AT)
    answer = Client().post(
        f"/api/services/{spare.number}/roles", {"roles": "i-idle-3-0 备机"}, content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )  # fmt: skip
    assert answer.json() == {"number": spare.number, "roles": {"i-idle-3-0": "备机"}}
    spare.refresh_from_db()
    assert spare.roles == {"i-idle-3-0": "standby"}
    replace_instances(spare, instances="i-new 10.0.0.1", actor=cast.actor("sun"), at=AT)
    spare.refresh_from_db()
    assert spare.roles == {}
