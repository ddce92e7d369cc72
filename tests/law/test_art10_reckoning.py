"""Article 10, second paragraph: the arithmetic that is shown is the arithmetic by which the rules decide."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.law.test_art10_optimization import of
from yunheng.law.ch2_use.art10_reckoning import Reckoned, cores_reckoned, memory_reckoned, up
from yunheng.law.ch2_use.art10_size import Load, Size, cores_needed, memory_needed
from yunheng.law.kernel.parameters import Parameters

D = Decimal
P = Parameters(date(2026, 11, 24))
NOW, TO = Size(8, 32, "8c32g", D(960)), Size(4, 16, "4c16g", D(480))
SHARES = st.decimals(min_value=0, max_value=100, places=3)


def test_what_each_figure_asks_for_is_said_with_its_expression_and_the_largest_is_taken() -> None:
    said = cores_reckoned(Reckoned(NOW, TO, D(26), D(38), D("3.1"), D(34), D(480)), P)
    assert [(row.what, row.how, row.value, row.outcome) for row in said] == [
        ("按P99.5需要", "8核 × 26% ÷ 70%", "2.98核", "较小"),
        ("按最忙一小时需要", "8核 × 38% ÷ 90%", "3.38核", "取较大值"),
        ("按日最高值需要", "近400天的日最高值", "3.1核", "较小"),
        ("目录中最小可用规格", "3.38核 ≤ 4核；内存最高用量加余量13.6G ≤ 16G", "4核16G", "选定"),
        ("是否值得提出", "4核 ≤ 现有8核的50%；每台每月节约480.00 ≥ 50.00元", "是", "满足"),
    ]
    without = cores_reckoned(Reckoned(NOW, TO, D(26), D(38), D("3.1")), P)
    assert without[3].how == "3.38核 ≤ 4核；没有操作系统内的内存数据，内存不减少（16G）"
    assert without[4].how == "4核 ≤ 现有8核的50%"
    memory = memory_reckoned(Reckoned(NOW, Size(8, 16), D(80), D(90), D(7), D(34)), P)
    assert [row.value for row in memory] == ["13.6G", "8核16G", "是"]
    assert memory[0].how == "32G × 34% ×（1＋25%）"
    season = memory_reckoned(Reckoned(NOW, Size(8, 16), D(80), D(90), D(7), D(34), season=D("15.5")), P)
    assert [(row.what, row.value, row.hit) for row in season[:2]] == [
        ("按最高用量需要", memory[0].value, False), ("上一次业务高峰期最高", "15.5G", True),
    ]  # fmt: skip


@given(usual=SHARES, busiest=SHARES, highest=SHARES, memory=SHARES)
def test_what_is_said_is_what_the_rule_reckons(usual: D, busiest: D, highest: D, memory: D) -> None:
    cores = highest * 8 / 100
    load = Load(NOW, of(p995=str(usual), busiest=str(busiest)), cores, (), of(peak=str(memory)))
    facts = Reckoned(NOW, TO, usual, busiest, cores, memory)
    said = cores_reckoned(facts, P)
    assert f"{up(cores_needed(load, P))}核" in [row.value for row in said[:3] if row.hit]
    assert f"加余量{up(memory_needed(load, P))}G" in said[3].how
    assert memory_reckoned(facts, P)[0].value == f"{up(memory_needed(load, P))}G"
