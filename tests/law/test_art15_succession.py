"""Article 15 and succession (R-023): no day twice, no day lost; what cannot go on is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from yunheng.law.ch3_funding.art15_succession import Handover, Heir, succession_seamless
from yunheng.law.kernel.parameters import Parameters

ON, ONE = date(2026, 7, 1), timedelta(days=1)
P = Parameters(ON)
HEIR = Heir("S-1 云主机", ON - 90 * ONE, None, trial=False, contract="HT-1", contract_from=ON, contract_to=ON + ONE,
            priced=True, buyer_fits=True)  # fmt: skip
ACT = Handover(ON, "筑编〔2026〕1号", (HEIR,), needs_heirs=True)


def test_a_service_that_runs_on_the_day_under_a_contract_with_a_price_goes_on() -> None:
    verdict = succession_seamless(ACT, P)
    assert (verdict.state, verdict.cite.key, verdict.waivable) == ("ok", "15.1", False)
    assert [row.value for row in verdict.rows] == ["有", "1 项"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"opened_on": ON}, ""),
        ({"opened_on": ON + ONE}, "没有运行"),
        ({"closed_on": ON + ONE}, ""),
        ({"closed_on": ON}, "没有运行"),
        ({"trial": True}, "免费试用，不承继"),
        ({"contract_from": ON + ONE}, "不在服务期内"),
        ({"contract_to": ON}, "不在服务期内"),
        ({"priced": False}, "没有该产品的价格"),
        ({"buyer_fits": False}, "写明接收单位的合同"),
        ({"lane_fits": False}, "不是统筹采购的"),
        ({"same_provider": False}, "按迁移办理"),
    ],
)
def test_what_cannot_go_on_is_named(changed: dict[str, object], words: str) -> None:
    verdict = succession_seamless(replace(ACT, heirs=(replace(HEIR, **changed),)), P)  # type: ignore[arg-type]

    assert words in verdict.sentence
    assert verdict.holds is (words == "")


def test_every_gap_is_named_at_once() -> None:
    wrong = replace(HEIR, trial=True, priced=False)
    verdict = succession_seamless(replace(ACT, basis=" ", heirs=(wrong, wrong)), P)
    assert verdict.sentence.count("；") == 4
    assert succession_seamless(replace(ACT, heirs=()), P).sentence == "没有可以承继的服务"
    assert succession_seamless(replace(ACT, heirs=(), needs_heirs=False), P).holds
