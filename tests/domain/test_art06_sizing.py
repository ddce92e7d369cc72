"""Article 6, first paragraph: the worksheet on the page, what it computes, and what it refuses by its label."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from tests.cast import Cast, D, draft
from yunheng.domain.services import sizing
from yunheng.domain.services.models import ResourceLine
from yunheng.foundation.workflow.errors import BadInput, NotFound

pytestmark = pytest.mark.django_db
ON = date(2026, 4, 27)
FIGURES = {
    "users": "20000", "daily_share": "0.3", "operations": "30", "peak_factor": "3", "cpu_ms": "50",
    "sessions": "600", "session_mb": "10", "baseline_mb": "2048", "stock_gb": "200", "yearly_gb": "50", "years": "3",
    "page_kb": "60",
}  # fmt: skip


def test_the_demand_stands_beside_what_the_list_asks_for(cast: Cast) -> None:
    case = draft(cast, lines=(("C-ECS-4C16G", "4"), ("S-DISK-SSD", "500"), ("N-BW", "20")))
    rows = sizing.compare(FIGURES, case.lines.all(), jurisdiction_id=cast.city.pk, on=ON)
    # 20000 x 0.3 x 30 x 3 / 3600 = 150 requests/s; 150 x 50 / 1000 / 0.65 = 11.54 cores; 4 machines ask for 16
    assert {row.demand.name: (row.demand.needed, row.applied, row.beyond) for row in rows} == {
        "rate": (D(150), None, D(0)),
        "vcpu": (D(12), D(16), D(4)),
        "memory": (D(13), D(64), D(51)),
        "storage": (D(455), D(500), D(45)),
        "bandwidth": (D(433), D(20), D(0)),
    }


def test_units_and_packages_are_added_up() -> None:
    lines = [
        ResourceLine(name="云主机 8核32G", unit="台", quantity=D(2)),
        ResourceLine(name="ECS vCPU", unit="核", quantity=D(10)),
        ResourceLine(name="ECS 内存", unit="GB", quantity=D(20)),
        ResourceLine(name="对象存储", unit="TB", quantity=D(1)),
        ResourceLine(name="云盘 SSD", unit="GB", quantity=D(6)),
        ResourceLine(name="负载均衡", unit="个", quantity=D(3)),
    ]
    assert sizing.applied_of(lines) == {"vcpu": D(26), "memory": D(84), "storage": D(1030)}


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"daily_share": "1"}, None),
        ({"daily_share": "1.01"}, "日活比例"),
        ({"target_load": "0"}, "目标利用率"),
        ({"target_load": "1"}, None),
        ({"users": "很多"}, "注册用户数"),
        ({"users": "1e9"}, "注册用户数"),
        ({"users": "NaN"}, "注册用户数"),
        ({"users": "9" * 13}, "注册用户数"),
        ({"users": "9" * 12}, None),
        ({"unknown": "1"}, "unknown"),
    ],
)
def test_a_wrong_input_is_named_by_its_label(cast: Cast, figures: dict[str, str], said: str | None) -> None:
    case, chen = draft(cast), cast.actor("chen")
    before = dict(case.sizing)
    if said is None:
        assert sizing.set_sizing(case, figures=figures, actor=chen, on=ON).sizing == figures
        return
    with pytest.raises(BadInput) as caught:
        sizing.set_sizing(case, figures=figures, actor=chen, on=ON)
    assert [problem.where for problem in caught.value.problems] == [said]
    case.refresh_from_db()
    assert case.sizing == before


def test_a_stranger_s_worksheet_is_not_there(cast: Cast) -> None:
    with pytest.raises(NotFound):
        sizing.set_sizing(draft(cast), figures={"users": "1"}, actor=cast.actor("he"), on=ON)


def test_the_page_keeps_what_was_typed_computes_without_saving_and_saves(cast: Cast, client: Client) -> None:
    case = draft(cast)
    client.force_login(cast.person("chen"))
    address = f"/cases/{case.number}/edit"
    typed = {"part": "sizing", **{f"sizing-{name}": text for name, text in FIGURES.items()}, "sizing-basis": "按峰值"}
    wrong = client.post(address, {**typed, "sizing-daily_share": "三成"})
    assert wrong.status_code == 422
    page = wrong.content.decode()
    assert "“三成”不是数字" in page
    assert 'value="三成"' in page
    assert "按峰值" in page
    computed = client.post(address, {**typed, "do": "compute"})
    assert "申请多于测算 4 核" in computed.content.decode()
    case.refresh_from_db()
    assert case.sizing == {"users": "20000"}
    assert client.post(address, typed).status_code == 302
    case.refresh_from_db()
    assert case.sizing == {**FIGURES, "basis": "按峰值"}
    assert "12 核" in client.get(f"/cases/{case.number}").content.decode()
