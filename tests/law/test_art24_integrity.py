"""Articles 8, 23 and 24.1.4: nobody is found against unheard; what is mended depends on what was wrong (R-029)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tests.law.test_art24_uninstall import AT
from yunheng.law.ch2_use.art08_release import Gate, Resource, conditions
from yunheng.law.ch5_supervision.art24_integrity import GROUNDS, Doubt, Mended, data_sound, integrity_established
from yunheng.law.kernel.parameters import Parameters

P = Parameters(date(2026, 5, 10))


def test_it_is_found_only_after_the_unit_was_heard_or_had_its_days() -> None:
    for ground in GROUNDS:
        assert [integrity_established(Doubt(ground, False, n), P).state for n in (4, 5, 6)] == ["fail", "fail", "ok"]
        assert integrity_established(Doubt(ground, True, 0), P).state == "ok"


def test_a_token_is_replaced_and_values_move_before_it_is_mended() -> None:
    def sound(ground: str, *, ended: bool = False, replaced: bool = False, varies: bool = False) -> bool:
        return data_sound(Mended(ground, ended, replaced, varies), P).state == "ok"

    assert not sound("token", varies=True)
    assert sound("token", replaced=True)
    assert not sound("constant", replaced=True)
    assert sound("constant", varies=True)
    assert sound("token", ended=True)
    assert sound("constant", ended=True)


def test_data_found_to_be_false_count_for_no_release_however_new_they_are() -> None:
    def plugin(*resources: Resource, released: bool = False) -> str:
        gate = Gate(AT, AT.date(), 3, (), resources, 1, None, released)
        return next(one.reason for one in conditions(gate, P) if one.kind == "plugin")

    def heard(name: str, *, doubted: bool, at: datetime = AT) -> Resource:
        return Resource(name, AT - timedelta(hours=1), at, doubted)

    assert plugin(heard("S-1 i-1", doubted=False)) == "各计算资源24小时内均有上报"
    for released in (False, True):
        both = (heard("S-1 i-1", doubted=False), heard("S-1 i-2", doubted=True))
        assert plugin(*both, released=released) == "S-1 i-2监测数据经认定失真"
