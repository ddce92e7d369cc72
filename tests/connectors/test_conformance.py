"""The kit: the reference connector passes it, and every check finds the fault that it is there for (9.1, 22.2)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from yunheng.domain.services.connectors.conformance import FAULTY, NOT_TRIED, PASSED, Result, examine
from yunheng.domain.services.connectors.life import LIFE
from yunheng.domain.services.connectors.memory import START, Memory
from yunheng.domain.services.connectors.protocol import (
    ConnectorError,
    Instance,
    Item,
    Operation,
    Order,
    Unknown,
    Usage,
)
from yunheng.domain.services.connectors.reading import READING
from yunheng.domain.services.connectors.trial import Trial

CLEAR_UP = "善后：释放检查中开通的实例"
Make = Callable[[Mapping[str, Any]], Any]


def run(make: Make, *, write: bool = True, polls: int = 5, **more: Any) -> list[Result]:
    trial = Trial(
        make=make,
        configuration={"write": write, **more},
        period=(date(2026, 3, 1), date(2026, 3, 2)),
        run="t1",
        polls=polls,
        pause=lambda: None,
    )
    return list(examine(trial, write=write))


def faulty(make: Make, **words: Any) -> dict[str, str]:
    return {result.name: result.reason for result in run(make, **words) if result.verdict == FAULTY}


def test_the_reference_connector_passes_every_check() -> None:
    results = run(Memory)
    assert [r.name for r in results] == [*READING, *LIFE]
    assert {r.verdict for r in results} == {PASSED}


def test_without_write_nothing_is_opened_and_the_life_is_not_tried() -> None:
    made: list[Memory] = []

    def make(configuration: Mapping[str, Any]) -> Memory:
        made.append(Memory(configuration))
        return made[-1]

    assert [r.name for r in run(make, write=False)] == [*READING]
    assert made
    assert all(one.operations == {} and tuple(one.list_inventory()) == START for one in made)


# One class for each way of being wrong; beside it the checks that must notice, and no others.
class Boasts(Memory):
    def capabilities(self) -> frozenset[str]:
        return super().capabilities() | {"fly"}


class Lacks(Memory):
    def capabilities(self) -> frozenset[str]:
        return super().capabilities() - {"power_state"}


class Rows(Memory):
    """Hands out rows that are wrong in one way."""

    wrong: Callable[[Instance], Any]

    def list_inventory(self) -> tuple[Instance, ...]:
        first, *others = super().list_inventory()
        return (type(self).wrong(first), *others)

    def get(self, instance_id: str, /) -> Instance:
        found = super().get(instance_id)
        return type(self).wrong(found) if found is START[0] else found


def rows(change: Callable[[Instance], Any]) -> Make:
    return type("Rows", (Rows,), {"wrong": staticmethod(change)})


class Twice(Memory):
    def list_inventory(self) -> tuple[Instance, ...]:
        return (*super().list_inventory(), START[0])


class Renumbers(Memory):
    n = itertools.count()

    def __init__(self, configuration: Mapping[str, Any]) -> None:
        super().__init__(configuration)
        name = f"new-{next(self.n)}"
        self.instances[name] = replace(START[0], instance_id=name)


class SaysOtherPower(Memory):
    def power_state(self, instance_id: str, /) -> str:
        return {"demo-0001": "stopped"}.get(instance_id) or super().power_state(instance_id)


class GetsAnother(Memory):
    def get(self, instance_id: str, /) -> Instance:
        return replace(super().get(instance_id), addresses="")


class StartsWhenAsked(Memory):
    def get(self, instance_id: str, /) -> Instance:
        found = super().get(instance_id)
        self.instances[instance_id] = replace(found, name=found.name + "'") if found in START else found
        return found


class SameCodes(Memory):
    def catalog(self) -> tuple[Item, ...]:
        return (*super().catalog(), super().catalog()[0])


class UsesLess(Memory):
    def usage(self, instance_id: str, start: date, end: date, /) -> tuple[Usage, ...]:
        return tuple(replace(one, quantity=Decimal(-1)) for one in super().usage(instance_id, start, end))


class KeyErrors(Memory):
    def get(self, instance_id: str, /) -> Instance:
        return self.instances[instance_id]


class SpeaksEnglish(Memory):
    def power_state(self, instance_id: str, /) -> str:
        if instance_id not in self.instances:
            raise Unknown("no such instance")
        return super().power_state(instance_id)


class Obeys(Memory):
    """Does what it is told, read-only or not."""

    def _permitted(self, act: str) -> None:
        pass


class HidesUsage(Memory):
    """Does not declare it, and answers all the same."""

    def capabilities(self) -> frozenset[str]:
        return super().capabilities() - {"usage"}

    def usage(self, instance_id: str, start: date, end: date, /) -> tuple[Usage, ...]:
        return ()


READERS: dict[str, tuple[Make, set[str]]] = {
    "a word of its own": (Boasts, {"声明的能力"}),
    "no power state": (Lacks, {"声明的能力"}),
    "text with blanks": (rows(lambda one: replace(one, name=" x")), {"字段齐全、类型正确"}),
    "a day as text": (rows(lambda one: replace(one, since="2026-01-01")), {"字段齐全、类型正确"}),
    "the same twice": (Twice, {"标识唯一"}),
    "numbers anew": (Renumbers, {"标识稳定"}),
    "quantity 0": (rows(lambda one: replace(one, quantity=Decimal(0))), {"数量为正"}),
    "quantity as a fraction": (rows(lambda one: replace(one, quantity=1.5)), {"数量为正"}),
    "a state of its own": (rows(lambda one: replace(one, state="ACTIVE")), {"运行状态在约定之内"}),
    "another power state": (SaysOtherPower, {"运行状态在约定之内"}),
    "get says otherwise": (GetsAnother, {"清单与单独查询一致"}),
    "reading changes": (StartsWhenAsked, {"读取没有副作用"}),
    "codes twice": (SameCodes, {"可开通的规格"}),
    "negative usage": (UsesLess, {"用量"}),
    "a bare KeyError": (KeyErrors, {"不存在的实例用中文拒绝"}),
    "English": (SpeaksEnglish, {"不存在的实例用中文拒绝"}),
    "answers unasked": (HidesUsage, {"不支持的能力用中文拒绝"}),
    "writes in read-only mode": (Obeys, {"只读时拒绝开通、变更、释放"}),
}


@pytest.mark.parametrize("name", READERS)
def test_each_fault_of_reading_is_found_and_nothing_else(name: str) -> None:
    make, expected = READERS[name]
    found = faulty(make, write=False)
    # In the reference one answer is made from another: what follows from the fault may be noticed too.
    follows = {"用量", "读取没有副作用"} if name == "a day as text" else set()
    assert expected <= set(found) <= expected | follows, found


class NeverEnds(Memory):
    def operation(self, operation_id: str, /) -> Operation:
        return replace(super().operation(operation_id), state="pending")


class OwnWord(Memory):
    def operation(self, operation_id: str, /) -> Operation:
        return replace(super().operation(operation_id), state="OK")


class OpensTwice(Memory):
    def provision(self, order: Order, /) -> Operation:
        return super().provision(replace(order, id=f"{order.id}-{len(self.operations)}"))


class ForgetsTags(Memory):
    def provision(self, order: Order, /) -> Operation:
        return super().provision(replace(order, service=""))


class OpensAnything(Memory):
    def _item(self, sku: str) -> Item:
        return Item(sku, "随便")


class DoesNotChange(Memory):
    def change(self, order: Order, /) -> Operation:
        self._permitted("change")
        return super().change(replace(order, sku=self.get(order.instance_id).sku))


class ChangesAgain(Memory):
    def change(self, order: Order, /) -> Operation:
        found = super().change(order)
        one = self.instances[order.instance_id]
        self.instances[order.instance_id] = replace(one, spec=one.spec + "+")
        return found


class ChangesNobody(Memory):
    def change(self, order: Order, /) -> Operation:
        self._permitted("change")
        return super().change(order) if order.instance_id in self.instances else Operation("x", "done")


class KnowsEveryOperation(Memory):
    def operation(self, operation_id: str, /) -> Operation:
        return super().operation(operation_id) if operation_id in self.operations else Operation("x", "done")


class KeepsRunning(Memory):
    def release(self, order: Order, /) -> Operation:
        self._permitted("release")
        return Operation("r", "done", order.instance_id)


class ReleasesTwo(Memory):
    def release(self, order: Order, /) -> Operation:
        self.instances.pop("demo-0001", None)
        return super().release(order)


class CannotRelease(Memory):
    def release(self, order: Order, /) -> Operation:
        self._permitted("release")
        raise ConnectorError("暂停办理")


class Fails(Memory):
    def operation(self, operation_id: str, /) -> Operation:
        return replace(super().operation(operation_id), state="failed", reason="没有余量")


OPENS, ONCE, CHANGES, NOT_CHANGED, OPERATIONS, RELEASES = list(LIFE)[1:]
WRITERS: dict[str, tuple[Make, set[str], str]] = {
    "never ends": (NeverEnds, {OPENS, CLEAR_UP}, "仍未结束"),
    "a state of its own": (OwnWord, {OPENS, CLEAR_UP}, "操作状态“OK”"),
    "fails": (Fails, {OPENS, CLEAR_UP}, "没有余量"),
    "forgets the tags": (ForgetsTags, {OPENS, CHANGES}, "标签与订单不符"),
    "opens twice": (OpensTwice, {ONCE}, "开通了另一个"),
    "opens what it does not have": (OpensAnything, {"不存在的规格用中文拒绝"}, "未被拒绝"),
    "does not change": (DoesNotChange, {CHANGES}, "与订单不符"),
    "changes again": (ChangesAgain, {CHANGES}, "又有变化"),
    "changes nobody": (ChangesNobody, {NOT_CHANGED}, "未被拒绝"),
    "knows every operation": (KnowsEveryOperation, {OPERATIONS}, "未被拒绝"),
    "keeps it running": (KeepsRunning, {RELEASES}, "未被拒绝"),
    "releases another too": (ReleasesTwo, {RELEASES}, "不是少了这一个"),
    "cannot release": (CannotRelease, {RELEASES, CLEAR_UP}, "请人工释放"),
}


@pytest.mark.parametrize("name", WRITERS)
def test_each_fault_of_writing_is_found_and_nothing_else(name: str) -> None:
    make, expected, words = WRITERS[name]
    found = faulty(make)
    assert set(found) == expected, found
    assert words in "".join(found[check] for check in expected)


def test_what_is_not_supported_is_not_counted_as_passed() -> None:
    class ReadsOnly(Memory):
        def capabilities(self) -> frozenset[str]:
            return frozenset({"list_inventory", "get", "power_state", "catalog", "usage"})

    verdicts = {r.name: r.verdict for r in run(ReadsOnly)}
    assert {verdicts[name] for name in (OPENS, ONCE, CHANGES, NOT_CHANGED, RELEASES)} == {NOT_TRIED}


def test_what_is_left_behind_is_cleared_up() -> None:
    """An opening that fails half-way still leaves something that costs money."""
    made: list[Memory] = []

    class FailsOnce(Memory):
        def __init__(self, configuration: Mapping[str, Any]) -> None:
            super().__init__(configuration)
            made.append(self)

        def operation(self, operation_id: str, /) -> Operation:
            found = super().operation(operation_id)
            return replace(found, state="failed") if operation_id.endswith("-open") else found

    verdicts = {r.name: r.verdict for r in run(FailsOnce)}
    assert (verdicts[OPENS], verdicts[RELEASES], verdicts[CLEAR_UP]) == (FAULTY, NOT_TRIED, PASSED)
    assert made[0].list_inventory() == START
