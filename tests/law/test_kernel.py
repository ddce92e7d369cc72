"""The grammar itself: citations, figures, periods, money, verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.law.accounts import period
from yunheng.law.kernel.citation import Cite, Force, art, chinese_number
from yunheng.law.kernel.money import capitals, round_fen, yuan
from yunheng.law.kernel.parameters import Parameters, _read, registry
from yunheng.law.kernel.period import Period, month_of, year_of
from yunheng.law.kernel.terms import CalendarDays, WorkingDays
from yunheng.law.kernel.verdict import Finding, Row, Verdict, rule


@pytest.mark.parametrize(
    ("cite", "zh", "key", "anchor"),
    [
        (art(5), "第五条", "5", "art-5"),
        (art(9, 2), "第九条第二款", "9.2", "art-9-2"),
        (art(10, 3), "第十条第三款", "10.3", "art-10-3"),
        (art(24, 1, 4), "第二十四条第一款第（四）项", "24.1.4", "art-24-1-4"),
    ],
)
def test_a_citation_in_words_key_and_anchor(cite: Cite, zh: str, key: str, anchor: str) -> None:
    assert (cite.zh, cite.key, cite.anchor) == (zh, key, anchor)
    assert Cite.parse(key) == cite


@pytest.mark.parametrize("number", [0, 28])
def test_the_regulation_has_27_articles(number: int) -> None:
    with pytest.raises(ValueError):
        art(number)


@pytest.mark.parametrize("key", ["", "x", "9.2.1.1"])
def test_what_is_no_citation_is_refused(key: str) -> None:
    with pytest.raises(ValueError):
        Cite.parse(key)


def test_numbers_of_articles() -> None:
    assert [chinese_number(n) for n in (1, 9, 10, 11, 19, 20, 24, 27)] == [
        "一", "九", "十", "十一", "十九", "二十", "二十四", "二十七",
    ]  # fmt: skip


# ---- figures ----------------------------------------------------------------------------------------------------


def test_a_figure_has_the_type_of_its_unit() -> None:
    p = Parameters(date(2026, 1, 1))
    assert p["open_service_term"] == WorkingDays(5)
    assert p["trial_term"] == CalendarDays(30)
    assert p["change_justification_amount"] == Decimal("100000.00")
    assert p["change_justification_ratio"] == Decimal("0.30")
    assert p["in_force_from"] == date(2025, 1, 1)


def test_a_figure_holds_from_its_day_and_not_before() -> None:
    name = "open_service_term"
    assert Parameters(date(2025, 1, 1))[name] == WorkingDays(5)
    with pytest.raises(KeyError):
        Parameters(date(2024, 12, 31))[name]


def test_a_new_value_changes_nothing_before_its_day(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('[t]\nzh="t"\ncite="7.1"\nunit="working_days"\nvalues={"2027-01-01"=3, "2025-01-01"=5}\n')
    found = _read([path])["t"]
    days = (date(2026, 12, 31), date(2027, 1, 1))
    assert [found.at(day) for day in days] == [WorkingDays(5), WorkingDays(3)]
    assert [found.since(day) for day in days] == [date(2025, 1, 1), date(2027, 1, 1)]


def test_two_figures_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text('[t]\nzh="t"\ncite="5"\nunit="count"\nvalues={"2025-01-01"=1}\n')
    with pytest.raises(ValueError, match="two parameters"):
        _read(sorted(tmp_path.glob("*.toml")))


def test_a_jurisdiction_may_set_a_figure_of_its_own_and_what_was_used_is_remembered() -> None:
    p = Parameters(date(2026, 1, 1), {"open_service_term": "3", "change_justification_ratio": "0.2"})
    assert p["open_service_term"] == WorkingDays(3)
    assert p["change_justification_ratio"] == Decimal("0.2")
    assert p.used() == (("change_justification_ratio", "20%"), ("open_service_term", "3个工作日"))
    assert p.watched().used() == ()


def test_a_name_that_is_no_figure_is_an_error() -> None:
    with pytest.raises(KeyError):
        Parameters(date(2026, 1, 1))["no_such_term"]
    assert len(Parameters(date(2026, 1, 1))) == len(registry())


# ---- periods and money ------------------------------------------------------------------------------------------


def test_the_end_of_a_period_is_not_in_it() -> None:
    march = period("2026-03-01", "2026-04-01")
    assert date(2026, 3, 1) in march
    assert date(2026, 3, 31) in march
    assert date(2026, 4, 1) not in march
    assert march.days == 31


def test_periods_that_do_not_meet_have_nothing_in_common() -> None:
    assert not period("2026-01-01", "2026-02-01").clip(period("2026-02-01", "2026-03-01"))
    assert period("2026-03-01", "2026-01-01").days == 0


@pytest.mark.parametrize(("day", "days"), [(date(2024, 2, 10), 29), (date(2026, 2, 28), 28), (date(2026, 12, 31), 31)])
def test_the_month_of_a_day(day: date, days: int) -> None:
    assert month_of(day).days == days
    assert day in month_of(day)
    assert month_of(day).end in month_of(month_of(day).end)


def test_the_year_of_charging() -> None:
    assert year_of(2024) == Period(date(2024, 1, 1), date(2025, 1, 1))
    assert year_of(2024).days == 366


@pytest.mark.parametrize(
    ("exact", "fen"),
    [("0", "0.00"), ("1/200", "0.01"), ("49/10000", "0.00"), ("199/200", "1.00"), ("722304/365", "1978.92")],
)
def test_half_a_fen_goes_up(exact: str, fen: str) -> None:
    assert round_fen(Fraction(exact)) == Decimal(fen)


@given(st.fractions(min_value=0, max_value=10**9))
def test_rounding_is_off_by_half_a_fen_at_most(exact: Fraction) -> None:
    assert -Fraction(1, 200) < Fraction(round_fen(exact)) - exact <= Fraction(1, 200)


def test_a_negative_amount_is_never_rounded() -> None:
    with pytest.raises(ValueError):
        round_fen(Fraction(-1, 100))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "人民币零元整"),
        ("0.05", "人民币伍分"),
        ("0.50", "人民币伍角整"),
        ("1978.92", "人民币壹仟玖佰柒拾捌元玖角贰分"),
        ("100000", "人民币壹拾万元整"),
        ("1000.05", "人民币壹仟元零伍分"),
        ("10203.40", "人民币壹万零贰佰零叁元肆角整"),
        ("100000001", "人民币壹亿零壹元整"),
        ("-3.20", "人民币负叁元贰角整"),
    ],
)
def test_amounts_in_capitals(amount: str, words: str) -> None:
    assert capitals(Decimal(amount)) == words


def test_amounts_in_digits() -> None:
    assert [yuan(Decimal(a)) for a in ("1978.9", "0", "-1234567.895")] == ["1,978.90", "0.00", "\u22121,234,567.90"]


# ---- verdicts ---------------------------------------------------------------------------------------------------


def verdict(state: str = "fail", force: Force = Force.IN_PRINCIPLE) -> Verdict:
    return Verdict("r", art(9, 2), force, state, "应先论证", (Row("a", "b", "c", "d", True),), ("x",), (("p", "5"),))  # type: ignore[arg-type]


@pytest.mark.parametrize("force", list(Force))
def test_only_in_principle_yields_to_a_reason(force: Force) -> None:
    failed = verdict(force=force)
    assert failed.waivable is (force is Force.IN_PRINCIPLE)
    if failed.waivable:
        done = failed.waived(by="周明", reason="应急", when="2026-11-24 10:12")
        assert done.holds
        assert done.rows[-1].value == "周明"
    else:
        with pytest.raises(ValueError):
            failed.waived(by="周明", reason="应急", when="2026-11-24 10:12")


@pytest.mark.parametrize(
    ("state", "holds"),
    [("ok", True), ("waived", True), ("need", False), ("fail", False), ("undetermined", False), ("preview", False)],
)
def test_what_holds(state: str, holds: bool) -> None:
    assert verdict(state).holds is holds


def test_a_verdict_is_stored_and_read_back_unchanged() -> None:
    for kept in (verdict(), replace(verdict(), also=(art(10, 3), art(15, 1)))):
        assert Verdict.from_dict(kept.to_dict()) == kept


def test_two_rules_of_one_name_are_refused() -> None:
    def coverage(facts: object, p: Parameters) -> Finding:
        return Finding("ok", "")

    with pytest.raises(ValueError, match="two rules"):
        rule(art(13), Force.MAY)(coverage)
