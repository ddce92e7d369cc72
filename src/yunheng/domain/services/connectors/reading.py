"""The checks that only read. They run against a quiet project: what others open meanwhile looks like a side effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from yunheng.domain.services.connectors.protocol import (
    NEEDED,
    POWER,
    READS,
    WRITES,
    Instance,
    Order,
    ReadOnly,
    Unknown,
    Unsupported,
)
from yunheng.domain.services.connectors.trial import NOBODY, Check, Fault, Skipped, Trial, raises_in_words

LOOKED_AT = 20  # of the inventory, one by one
LONGEST = {"instance_id": 200, "name": 200, "sku": 40, "spec": 200, "service": 40, "system": 40, "addresses": 1000}


def capabilities(trial: Trial) -> None:
    told = frozenset(trial.connector.capabilities())
    if strange := told - READS.keys() - WRITES.keys():
        raise Fault(f"声明了没有约定的能力：{'、'.join(sorted(strange))}")
    if missing := [READS[name] for name in NEEDED if name not in told]:
        raise Fault(f"缺少必备能力：{'、'.join(missing)}")


def well_formed(trial: Trial) -> None:
    for one in trial.inventory():
        if not isinstance(one, Instance):
            raise Fault(f"清单中有{type(one).__name__}，应为Instance")
        for name, longest in LONGEST.items():
            value = getattr(one, name)
            if not isinstance(value, str) or len(value) > longest or value != value.strip():
                raise Fault(f"{one.instance_id}的{name}须为不超过{longest}字、首尾无空格的文字，现为{value!r}")
        if one.since is not None and type(one.since) is not date:
            raise Fault(f"{one.instance_id}的since须为日期，现为{one.since!r}")


def identified_once(trial: Trial) -> None:
    times = Counter(one.instance_id for one in trial.inventory())
    if "" in times:
        raise Fault("有的实例没有标识")
    if twice := [name for name, n in times.items() if n > 1]:
        raise Fault(f"标识重复：{'、'.join(twice[:5])}")


def identified_for_good(trial: Trial) -> None:
    """Somebody who connects anew finds the same identifiers."""
    here = {one.instance_id for one in trial.inventory()}
    there = {one.instance_id for one in trial.make(trial.configuration).list_inventory()}
    if changed := sorted(here ^ there):
        raise Fault(f"重新连接后标识改变：{'、'.join(changed[:5])}")


def quantities(trial: Trial) -> None:
    for one in trial.inventory():
        if not isinstance(one.quantity, Decimal) or not one.quantity.is_finite() or one.quantity <= 0:
            raise Fault(f"{one.instance_id}的数量须为大于0的Decimal，现为{one.quantity!r}")


def power(trial: Trial) -> None:
    for one in trial.inventory():
        if one.state not in POWER:
            raise Fault(f"{one.instance_id}的状态“{one.state}”不在{'、'.join(POWER)}之内")
    for one in trial.inventory()[:LOOKED_AT]:
        if (told := trial.connector.power_state(one.instance_id)) != one.state:
            raise Fault(f"{one.instance_id}的运行状态为“{told}”，清单中为“{one.state}”")


def list_and_get_agree(trial: Trial) -> None:
    rows = trial.inventory()
    if not rows:
        raise Skipped("清单为空")
    for row in rows[:LOOKED_AT]:
        one = trial.connector.get(row.instance_id)
        if other := [f.name for f in fields(Instance) if getattr(one, f.name) != getattr(row, f.name)]:
            raise Fault(f"{row.instance_id}单独查询与清单不一致：{'、'.join(other)}")


def reads_change_nothing(trial: Trial) -> None:
    before = trial.inventory()
    can = trial.connector.capabilities()
    for one in before[:LOOKED_AT]:
        trial.connector.get(one.instance_id)
        trial.connector.power_state(one.instance_id)
    if "catalog" in can:
        trial.connector.catalog()
    if "usage" in can and before:
        trial.connector.usage(before[0].instance_id, *trial.period)
    if trial.inventory() != before:
        raise Fault("读取之后再列清单，与读取之前不同（检查期间请勿在该云上办理）")


def catalogue(trial: Trial) -> None:
    trial.able("catalog")
    times = Counter(item.sku for item in trial.connector.catalog())
    if "" in times or any(n > 1 for n in times.values()):
        raise Fault("可开通的规格须各有编码且不重复")


def used(trial: Trial) -> None:
    trial.able("usage")
    for one in trial.inventory()[:1]:
        for row in trial.connector.usage(one.instance_id, *trial.period):
            if row.instance_id != one.instance_id or (row.start, row.end) != trial.period:
                raise Fault(f"{one.instance_id}的用量说的是别的实例或别的期间：{row}")
            if not isinstance(row.quantity, Decimal) or not row.quantity.is_finite() or row.quantity < 0:
                raise Fault(f"{one.instance_id}的用量须为不小于0的Decimal，现为{row.quantity!r}")


def unknown_is_refused(trial: Trial) -> None:
    connector = trial.connector
    raises_in_words(Unknown, lambda: connector.get(NOBODY), "查询不存在的实例")
    raises_in_words(Unknown, lambda: connector.power_state(NOBODY), "查询不存在的实例的运行状态")
    if "usage" in connector.capabilities():
        raises_in_words(Unknown, lambda: connector.usage(NOBODY, *trial.period), "查询不存在的实例的用量")


def unsupported_is_refused(trial: Trial) -> None:
    connector, can = trial.connector, trial.connector.capabilities()
    absent: dict[str, Callable[[], Any]] = {
        "catalog": connector.catalog,
        "usage": lambda: connector.usage(NOBODY, *trial.period),
    }
    for name, act in absent.items():
        if name not in can:
            raises_in_words(Unsupported, act, f"未声明支持的{READS[name]}")


def read_only(trial: Trial) -> None:
    """Nothing can come of it where it is not refused: no cloud has the code or the instance."""
    connector = trial.make({**trial.configuration, "write": False})
    order = Order(f"{trial.run}-read-only", sku=NOBODY, instance_id=NOBODY)
    for name, act in WRITES.items():
        kind = ReadOnly if name in connector.capabilities() else Unsupported
        raises_in_words(kind, lambda name=name: getattr(connector, name)(order), f"只读时{act}")  # type: ignore[misc]


READING: dict[str, Check] = {
    "声明的能力": capabilities,
    "读取没有副作用": reads_change_nothing,  # before the others have read: some things happen but once
    "字段齐全、类型正确": well_formed,
    "标识唯一": identified_once,
    "标识稳定": identified_for_good,
    "数量为正": quantities,
    "运行状态在约定之内": power,
    "清单与单独查询一致": list_and_get_agree,
    "可开通的规格": catalogue,
    "用量": used,
    "不存在的实例用中文拒绝": unknown_is_refused,
    "不支持的能力用中文拒绝": unsupported_is_refused,
    "只读时拒绝开通、变更、释放": read_only,
}
