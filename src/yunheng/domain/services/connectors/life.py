"""The part of the kit that writes: one instance is opened, changed and released, and nothing is left behind.

What is opened is ``check.sku`` of the configuration, or the first of the catalogue; it is changed to ``check.change``,
or the second.
"""

from __future__ import annotations

from yunheng.domain.services.connectors.protocol import RUNNING, Instance, Order, Unknown
from yunheng.domain.services.connectors.trial import (
    NOBODY,
    Check,
    Fault,
    Skipped,
    Trial,
    raises_in_words,
)

SERVICE, SYSTEM = "S-0000-0000", "XT-CHECK"


def _codes(trial: Trial) -> tuple[str, str]:
    wanted = trial.configuration.get("check", {})
    codes = [item.sku for item in trial.connector.catalog()] if "catalog" in trial.connector.capabilities() else []
    given = [wanted.get("sku") or next(iter(codes), ""), wanted.get("change") or next(iter(codes[1:]), "")]
    return given[0], given[1]


def _opening(trial: Trial) -> Order:
    sku = _codes(trial)[0]
    if not sku:
        raise Skipped("不知道开通什么：没有可开通的规格，配置中也没有check.sku")
    return Order(f"{trial.run}-open", sku=sku, name=f"check-{trial.run}", service=SERVICE, system=SYSTEM)


def _ours(trial: Trial) -> Instance:
    if not trial.opened:
        raise Skipped("没有开通成功")
    return trial.connector.get(trial.opened)


def unknown_code_is_refused(trial: Trial) -> None:
    trial.able("provision")
    before = trial.inventory()
    order = Order(f"{trial.run}-unknown", sku=NOBODY, service=SERVICE, system=SYSTEM)
    raises_in_words(Unknown, lambda: trial.connector.provision(order), "开通不存在的规格")
    if trial.inventory() != before:
        raise Fault("拒绝之后清单仍有变化")


def opens(trial: Trial) -> None:
    trial.able("provision")
    order = _opening(trial)
    operation = trial.connector.provision(order)
    trial.left = operation.instance_id  # known early, it can be cleared up even when opening fails
    trial.opened = trial.left = trial.poll(operation).instance_id
    if not trial.opened:
        raise Fault("开通完成但没有给出实例标识")
    found = _ours(trial)
    if found.state != RUNNING:
        raise Fault(f"开通完成但状态为“{found.state}”")
    if (found.sku, found.service, found.system) != (order.sku, SERVICE, SYSTEM):
        raise Fault(f"规格或标签与订单不符：{found.sku}，{found.service}，{found.system}")
    if found not in trial.inventory():
        raise Fault("开通的实例不在清单中，或与单独查询不一致")


def opens_once(trial: Trial) -> None:
    """The same order again gives the same instance and no second one."""
    _ours(trial)
    before = {one.instance_id for one in trial.inventory()}
    again = trial.poll(trial.connector.provision(_opening(trial))).instance_id
    more = sorted({one.instance_id for one in trial.inventory()} - before)
    if again != trial.opened or more:
        raise Fault(f"同一订单再次提交，开通了另一个实例：{'、'.join(more) or again}；请人工释放")


def changes(trial: Trial) -> None:
    trial.able("change")
    _ours(trial)
    to = _codes(trial)[1]
    if not to:
        raise Skipped("不知道变更为什么：可开通的规格不足两种，配置中也没有check.change")
    order = Order(f"{trial.run}-change", sku=to, instance_id=trial.opened, service=SERVICE, system=SYSTEM)
    trial.poll(trial.connector.change(order))
    found = _ours(trial)
    if (found.sku, found.service, found.system) != (to, SERVICE, SYSTEM):
        raise Fault(f"变更后为{found.sku}，{found.service}，{found.system}，与订单不符")
    trial.poll(trial.connector.change(order))  # asked again, it neither fails nor does anything
    if _ours(trial) != found:
        raise Fault("同一变更再次提交，实例又有变化")


def unknown_is_not_changed(trial: Trial) -> None:
    trial.able("change")
    order = Order(f"{trial.run}-nobody", sku=_codes(trial)[0], instance_id=NOBODY)
    raises_in_words(Unknown, lambda: trial.connector.change(order), "变更不存在的实例")


def unknown_operation_is_refused(trial: Trial) -> None:
    raises_in_words(Unknown, lambda: trial.connector.operation(NOBODY), "查询不存在的操作")


def releases(trial: Trial) -> None:
    trial.able("release")
    gone = _ours(trial).instance_id
    others = [one for one in trial.inventory() if one.instance_id != gone]
    order = Order(f"{trial.run}-release", instance_id=gone)
    trial.poll(trial.connector.release(order))
    raises_in_words(Unknown, lambda: trial.connector.get(gone), "查询已释放的实例")
    trial.left = ""
    if list(trial.inventory()) != others:
        raise Fault("释放之后清单不是少了这一个实例")
    try:
        trial.poll(trial.connector.release(order))
    except Unknown:
        return  # gone is gone: both answers are right


def clear_up(trial: Trial) -> None:
    """Release what is left. What cannot be released is told, since it costs money."""
    try:
        trial.poll(trial.connector.release(Order(f"{trial.run}-clear", instance_id=trial.left)))
    except Unknown:
        return
    except Exception as error:
        raise Fault(f"实例{trial.left}可能仍在运行，请人工释放：{error}") from error


LIFE: dict[str, Check] = {
    "不存在的规格用中文拒绝": unknown_code_is_refused,
    "开通：操作有终，规格与标签相符": opens,
    "同一订单不重复开通": opens_once,
    "变更：操作有终，规格相符": changes,
    "不存在的实例不能变更": unknown_is_not_changed,
    "不存在的操作用中文拒绝": unknown_operation_is_refused,
    "释放：操作有终，不再列出": releases,
}
