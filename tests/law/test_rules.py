"""The rules of articles 3, 4, 6, 7, 13 and 19, each at its boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from yunheng.law.ch1_general.art03_scope import CLASSES, Place, System, classified_refused, hosted_in_principle
from yunheng.law.ch1_general.art04_parties import Unit, first_level_unit_submits
from yunheng.law.ch2_use.art06_application import PAPERS, Papers, papers_complete
from yunheng.law.ch2_use.art06_sizing import Inputs, faults, worksheet
from yunheng.law.ch2_use.art07_opening import (
    NamedDay,
    Opened,
    Review,
    Trial,
    ask_review_allowed,
    nothing_opened,
    opening_day_valid,
    trial_allowed,
    undertaking_signed,
    within_approved,
)
from yunheng.law.ch3_funding.art13_coverage import Standing, coverage, decide
from yunheng.law.kernel.parameters import Parameters

TODAY = date(2026, 11, 24)
P = Parameters(TODAY)
ONE = timedelta(days=1)

# ---- 3, 4 -------------------------------------------------------------------------------------------------------


def test_a_classified_system_is_refused_and_nobody_can_depart_from_it() -> None:
    verdict = classified_refused(System("内网", "business", classified=True), P)
    assert verdict.sentence == "内网为涉密系统，不得使用政务云服务"
    assert not verdict.holds
    assert not verdict.waivable


@pytest.mark.parametrize("category", [code for code, _ in CLASSES])
def test_only_government_information_systems_are_in_scope(category: str) -> None:
    assert classified_refused(System("甲", category, classified=False), P).holds is (category != "none")


@pytest.mark.parametrize(
    ("place", "state"),
    [
        pytest.param(Place("甲", "cloud"), "ok", id="在云上"),
        pytest.param(Place("甲", "law", ground="国密发〔2020〕1号"), "ok", id="依规定不上云"),
        pytest.param(Place("甲", "law", ground=" "), "need", id="没有写依据"),
        pytest.param(Place("甲", "plan", "改造中", "2027年迁移", noted=True), "ok", id="理由、计划、备注齐全"),
        pytest.param(Place("甲", "plan", "改造中", "2027年迁移"), "need", id="市大数据局还没有备注"),
        pytest.param(Place("甲", "plan", "改造中", "", noted=True), "need", id="没有计划"),
    ],
)
def test_a_system_outside_the_cloud_names_its_ground(place: Place, state: str) -> None:
    verdict = hosted_in_principle(place, P)
    assert verdict.state == state
    assert verdict.waivable is (state == "need")


def test_everything_that_lacks_for_staying_outside_is_named_at_once() -> None:
    assert hosted_in_principle(Place("甲", "plan"), P).sentence.endswith("还缺暂不上云的理由、上云计划、市大数据局备注")


@pytest.mark.parametrize(
    ("level", "legal", "holds"), [(1, True, True), (2, True, False), (1, False, False), (2, False, False)]
)
def test_a_first_level_budget_unit_with_legal_personality_submits(level: int, legal: bool, holds: bool) -> None:
    verdict = first_level_unit_submits(Unit("市教育局", level, legal), P)
    assert verdict.holds is holds
    assert not verdict.waivable


# ---- 6 ----------------------------------------------------------------------------------------------------------

ALL = frozenset(kind for kind, _ in PAPERS)


def test_the_five_papers_and_the_sizing_are_asked_for() -> None:
    assert len(PAPERS) == 6
    assert papers_complete(Papers(ALL, {}, lines=1), P).sentence == "申请材料齐全，6项中6项已附"


@pytest.mark.parametrize("kind", sorted(ALL))
def test_each_paper_is_missed_or_explained(kind: str) -> None:
    zh = dict(PAPERS)[kind]
    missing = papers_complete(Papers(ALL - {kind}, {}, lines=1), P)
    explained = papers_complete(Papers(ALL - {kind}, {kind: "自建系统"}, lines=1), P)
    blank = papers_complete(Papers(ALL - {kind}, {kind: "  "}, lines=1), P)
    assert missing.sentence == f"缺少“{zh}”。不适用的，写明理由"
    assert explained.holds
    assert explained.sentence.endswith("1项注明不适用")
    assert not blank.holds


def test_all_gaps_are_named_at_once() -> None:
    verdict = papers_complete(Papers(frozenset(), {}, lines=0), P)
    assert all(zh in verdict.sentence for _, zh in PAPERS)
    assert "资源清单中的资源" in verdict.sentence
    assert sum(row.hit for row in verdict.rows) == len(PAPERS) + 1


SHEET = Inputs(
    users=Decimal(120_000), daily_share=Decimal("0.2"), operations=Decimal(30), peak_factor=Decimal(3),
    cpu_ms=Decimal(25), sessions=Decimal(1150), session_mb=Decimal(8), baseline_mb=Decimal(4096),
    stock_gb=Decimal(9600), yearly_gb=Decimal(1930), years=Decimal(3), page_kb=Decimal(20),
)  # fmt: skip


def test_the_sizing_by_hand() -> None:
    """120,000 x 0.2 x 30 x 3 / 3,600 = 600 a second; x 25 ms / 0.65 = 23.08 cores; and so on."""
    found = {demand.name: (demand.exact, demand.needed) for demand in worksheet(SHEET, P)}
    assert found == {
        "rate": (Decimal("600.00"), Decimal(600)),
        "vcpu": (Decimal("23.08"), Decimal(24)),
        "memory": (Decimal("19.98"), Decimal(20)),
        "storage": (Decimal("20007.00"), Decimal(20007)),
        "bandwidth": (Decimal("276.44"), Decimal(277)),
    }


def test_the_sheet_shows_its_arithmetic_and_may_set_its_own_target() -> None:
    vcpu = worksheet(replace(SHEET, target_load=Decimal("0.6")), P)[1]
    assert vcpu.formula == "600.00 × 25 ÷ 1000 ÷ 0.6"
    assert (vcpu.exact, vcpu.needed, vcpu.unit) == (Decimal(25), Decimal(25), "核")


@pytest.mark.parametrize(
    ("field", "value", "wrong"),
    [
        ("users", "-1", True), ("users", "0", False),
        ("daily_share", "1", False), ("daily_share", "1.01", True),
        ("peak_seconds", "0", True), ("peak_seconds", "1", False),
        ("target_load", "0", True), ("target_load", "0.01", False), ("target_load", "1", False), ("target_load", "1.01", True),
        ("storage_reserve", "0", False), ("storage_reserve", "-0.01", True),
    ],
)  # fmt: skip
def test_a_faulty_sheet_names_its_fields(field: str, value: str, wrong: bool) -> None:
    sheet = replace(SHEET, **{field: Decimal(value)})
    assert (field in faults(sheet, P)) is wrong
    if wrong:
        with pytest.raises(ValueError):
            worksheet(sheet, P)


def test_all_faults_are_named_at_once() -> None:
    assert set(faults(replace(SHEET, users=Decimal(-1), years=Decimal(-1)), P)) == {"users", "years"}


# ---- 7 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("opened", "holds"), [("5", True), ("6", True), ("6.000001", False)])
def test_less_than_approved_may_be_opened_and_more_never(opened: str, holds: bool) -> None:
    line = Opened("云主机", Decimal(6), Decimal(opened), TODAY, TODAY - ONE, TODAY)
    verdict = within_approved([line], P)
    assert verdict.holds is holds
    assert not verdict.waivable


@pytest.mark.parametrize(("days", "holds"), [(-6, False), (-5, True), (-4, True), (0, True), (1, False)])
def test_nothing_opens_before_the_notice_or_in_the_future(days: int, holds: bool) -> None:
    line = Opened("云主机", Decimal(6), Decimal(6), TODAY + days * ONE, TODAY - 5 * ONE, TODAY)
    assert within_approved([line], P).holds is holds


@pytest.mark.parametrize(
    ("day", "reason", "holds"),
    [
        pytest.param(-4, "等域名备案", False, id="早于实际开通日"),
        pytest.param(-3, "", True, id="就是实际开通日"),
        pytest.param(-2, "", False, id="晚于实际开通日，没有理由"),
        pytest.param(-2, "等域名备案", True, id="晚于实际开通日，有理由"),
        pytest.param(0, "等域名备案", True, id="今天"),
        pytest.param(1, "等域名备案", False, id="明天"),
        pytest.param(-6, "", False, id="早于通知日"),
    ],
)
def test_the_formal_day_lies_between_the_actual_one_and_today(day: int, reason: str, holds: bool) -> None:
    named = NamedDay("云主机", TODAY + day * ONE, TODAY - 3 * ONE, TODAY - 5 * ONE, TODAY, reason)
    assert opening_day_valid([named], P).holds is holds


def test_every_line_with_a_wrong_day_is_named() -> None:
    lines = [NamedDay(f"第{n}行", TODAY + ONE, TODAY, TODAY, TODAY) for n in (1, 2)]
    assert opening_day_valid(lines, P).sentence.count("晚于今天") == 2


@pytest.mark.parametrize(
    ("trial", "holds"),
    [
        (Trial(False, True, True), True),
        (Trial(True, False, False), True),
        (Trial(True, True, False), False),
        (Trial(True, False, True), False),
    ],
)
def test_a_trial_is_for_the_first_deployment_and_once(trial: Trial, holds: bool) -> None:
    verdict = trial_allowed(trial, P)
    assert verdict.holds is holds
    assert verdict.waivable is not holds


def test_a_trial_names_its_longest_term() -> None:
    assert "最长30个自然日" in trial_allowed(Trial(True, False, False), P).sentence
    assert (
        "最长20个自然日" in trial_allowed(Trial(True, False, False), Parameters(TODAY, {"trial_term": "20"})).sentence
    )


@pytest.mark.parametrize(("working_days", "holds"), [(4, True), (5, True), (6, False)])
def test_review_is_asked_for_within_its_days(working_days: int, holds: bool) -> None:
    assert ask_review_allowed(Review(0, working_days), P).holds is holds


def test_review_is_asked_for_once() -> None:
    assert not ask_review_allowed(Review(1, 0), P).holds


@pytest.mark.parametrize(("lines", "holds"), [(0, True), (1, False)])
def test_nothing_may_be_open_when_a_case_is_cancelled(lines: int, holds: bool) -> None:
    assert nothing_opened(lines, P).holds is holds


def test_the_undertaking_lies_before_the_first_opening() -> None:
    assert undertaking_signed(True, P).holds
    assert not undertaking_signed(False, P).waivable


# ---- 13 ---------------------------------------------------------------------------------------------------------

IN_FORCE = date(2025, 1, 1)
OWN = Standing(True, "municipal", "operation", "unit", "self", None, None, None, Decimal(0))
RUNNING = replace(
    OWN, phase="accepted", started_on=IN_FORCE - ONE, accepted_on=IN_FORCE, cloud_money=Decimal(99), needed=Decimal(100)
)


@pytest.mark.parametrize(
    ("standing", "row", "covered", "cite"),
    [
        pytest.param(OWN, 3, True, "13.2", id="运维期，资产归用户单位"),
        pytest.param(replace(OWN, asked=False), 0, False, "13.4", id="没有申请纳入"),
        pytest.param(replace(OWN, level="district"), 2, False, "13.2", id="区级系统"),
        pytest.param(replace(OWN, asset_owner="supplier"), 7, False, "13.4", id="资产归服务商"),
        pytest.param(replace(OWN, built_by="purchased"), 6, False, "13.2", id="购买服务"),
        pytest.param(replace(OWN, phase="implementation"), 5, False, "13.2", id="实施期"),
        pytest.param(replace(OWN, phase="accepted"), 5, False, "13.2", id="验收后未转运维，新项目"),
        pytest.param(
            replace(OWN, phase="implementation", temporary_consent="市府批示"), 1, True, "12.1", id="临时服务"
        ),
        pytest.param(replace(OWN, level="district", temporary_consent="市府批示"), 1, True, "12.1", id="区级临时服务"),
        pytest.param(RUNNING, 4, True, "13.3", id="在实施项目，费用不足"),
        pytest.param(replace(RUNNING, built_by="purchased"), 4, True, "13.3", id="在实施的购买服务，费用不足"),
        pytest.param(replace(RUNNING, phase="operation"), 3, True, "13.2", id="转入运维后按第二款"),
        pytest.param(replace(RUNNING, phase="implementation", accepted_on=None), 5, False, "13.2", id="还没有技术验收"),
    ],
)
def test_the_first_row_that_fits_decides(standing: Standing, row: int, covered: bool, cite: str) -> None:
    found = decide(standing, P)
    assert (found.row, found.covered, found.cite.key) == (row, covered, cite)
    assert coverage(standing, P).holds


@pytest.mark.parametrize(("money", "covered"), [("99.99", True), ("100.00", False), ("100.01", False)])
def test_a_running_project_is_covered_only_when_its_money_is_short(money: str, covered: bool) -> None:
    assert decide(replace(RUNNING, cloud_money=Decimal(money)), P).covered is covered


@pytest.mark.parametrize(("days", "covered"), [(-1, True), (0, False), (1, False)])
def test_a_project_begun_on_the_day_of_effect_is_not_an_old_one(days: int, covered: bool) -> None:
    started = replace(RUNNING, started_on=IN_FORCE + days * ONE, accepted_on=date(2026, 6, 1))
    assert decide(started, P).covered is covered


@pytest.mark.parametrize(("days", "covered"), [(-1, False), (0, True), (1, True)])
def test_a_project_accepted_before_the_day_of_effect_was_no_longer_running(days: int, covered: bool) -> None:
    assert decide(replace(RUNNING, accepted_on=IN_FORCE + days * ONE), P).covered is covered


def test_an_unknown_amount_is_undetermined_and_never_guessed() -> None:
    verdict = coverage(replace(RUNNING, cloud_money=None), P)
    assert verdict.state == "undetermined"
    assert "没有登记" in verdict.sentence


def test_the_verdict_shows_the_evidence_and_the_shortfall() -> None:
    verdict = coverage(replace(RUNNING, evidence={"phase": "验收意见2025-01-01"}), P)
    assert verdict.rows[1].how == "验收意见2025-01-01"
    assert (verdict.rows[-1].how, verdict.rows[-1].value) == ("99.00 ＜ 100.00", "不足1.00元")
    assert verdict.foot == ("第4行命中", "依据第十三条第三款")
    assert dict(verdict.parameters) == {"in_force_from": "2025-01-01"}
