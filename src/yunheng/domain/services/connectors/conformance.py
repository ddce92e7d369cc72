"""What a connector must keep to, as checks that any vendor can run: `yunheng connector check NAME`.

trial    a connector under examination
reading  the checks that only read
life     the checks that open, change and release one instance
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from yunheng.domain.services.connectors.life import LIFE, clear_up
from yunheng.domain.services.connectors.protocol import ConnectorError, Misconfigured
from yunheng.domain.services.connectors.reading import READING
from yunheng.domain.services.connectors.trial import Check, Fault, Skipped, Trial

PASSED, FAULTY, NOT_TRIED = "通过", "未通过", "未检查"


@dataclass(frozen=True)
class Result:
    """One check: its name, 通过 · 未通过 · 未检查, and why."""

    name: str
    verdict: str
    reason: str = ""


def examine(trial: Trial, *, write: bool) -> Iterator[Result]:
    """Each check's result as it is known. With ``write`` something is opened, changed and released.

    Raises Misconfigured when nothing can be asked with this configuration: that is no fault of the connector.
    """
    for name, check in READING.items():
        yield _try(name, check, trial, Misconfigured)
    if not write:
        return
    for name, check in LIFE.items():
        yield _try(name, check, trial)
    if trial.left:
        yield _try("善后：释放检查中开通的实例", clear_up, trial)


def _try(name: str, check: Check, trial: Trial, *through: type[Exception]) -> Result:
    """What is raised of ``through`` goes through."""
    try:
        check(trial)
    except through:
        raise
    except Skipped as why:
        return Result(name, NOT_TRIED, str(why))
    except (Fault, ConnectorError) as fault:
        return Result(name, FAULTY, str(fault))
    except Exception as error:
        return Result(name, FAULTY, f"连接器内部出错：{type(error).__name__}: {error}")
    return Result(name, PASSED)
