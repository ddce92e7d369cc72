"""Article 6, first paragraph: the sizing worksheet, from what a system has to bear to what it needs.

    requests/s = users x daily share x operations x peak factor / peak seconds
    vCPU       = requests/s x CPU ms / 1000 / target load
    memory     = (baseline + concurrent sessions x MB) / 1024 / target load
    storage    = (stock + yearly growth x years) x (1 + reserve)
    bandwidth  = concurrent sessions x page KB x 8 / 1024 / target load

The formulas are common practice, not law: the worksheet is evidence for a demand, and every figure of it is shown.
Results are rounded up, since half a core cannot be ordered.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from yunheng.law.kernel.parameters import Parameters

MS_PER_SECOND, MB_PER_GB, BITS_PER_BYTE, KBIT_PER_MBIT = 1000, 1024, 8, 1024
LABELS = (
    ("users", "注册用户数"),
    ("daily_share", "日活比例"),
    ("operations", "每用户日操作数"),
    ("peak_factor", "峰值集中系数"),
    ("peak_seconds", "峰值时长（秒）"),
    ("cpu_ms", "单次请求CPU耗时（毫秒）"),
    ("sessions", "峰值并发会话数"),
    ("session_mb", "每会话内存（MB）"),
    ("baseline_mb", "进程基线内存（MB）"),
    ("stock_gb", "存量数据（GB）"),
    ("yearly_gb", "年增量（GB）"),
    ("years", "保存年限"),
    ("page_kb", "平均页面大小（KB）"),
    ("target_load", "目标利用率"),
    ("storage_reserve", "存储余量"),
)


@dataclass(frozen=True)
class Inputs:
    """What the unit says of its system. The last two come from the parameters unless the sheet says otherwise."""

    users: Decimal = Decimal(0)
    daily_share: Decimal = Decimal(0)
    operations: Decimal = Decimal(0)
    peak_factor: Decimal = Decimal(1)
    peak_seconds: Decimal = Decimal(3600)
    cpu_ms: Decimal = Decimal(0)
    sessions: Decimal = Decimal(0)
    session_mb: Decimal = Decimal(0)
    baseline_mb: Decimal = Decimal(0)
    stock_gb: Decimal = Decimal(0)
    yearly_gb: Decimal = Decimal(0)
    years: Decimal = Decimal(0)
    page_kb: Decimal = Decimal(0)
    target_load: Decimal | None = None
    storage_reserve: Decimal | None = None


@dataclass(frozen=True)
class Demand:
    """One result: what, the formula with its figures, the exact value rounded to two places, and what to order."""

    name: str
    zh: str
    formula: str
    exact: Decimal
    needed: Decimal
    unit: str


def faults(inputs: Inputs, p: Parameters) -> dict[str, str]:
    """What is wrong with a sheet, by field, all at once; nothing is computed from a faulty one."""
    wrong = {
        name: f"{zh}不能小于0" for name, zh in LABELS if (value := getattr(inputs, name)) is not None and value < 0
    }
    if inputs.daily_share > 1:
        wrong["daily_share"] = "日活比例不能大于1"
    if inputs.peak_seconds == 0:
        wrong["peak_seconds"] = "峰值时长须大于0"
    load = _load(inputs, p)
    if load == 0 or load > 1:
        wrong["target_load"] = "目标利用率须大于0，且不大于1"
    return wrong


def worksheet(inputs: Inputs, p: Parameters) -> tuple[Demand, ...]:
    """The demand, worked out exactly. Raises ValueError on a faulty sheet; ask ``faults`` first."""
    if wrong := faults(inputs, p):
        raise ValueError("；".join(wrong.values()))
    i, load = inputs, _load(inputs, p)
    reserve = p["sizing_storage_reserve"] if i.storage_reserve is None else i.storage_reserve
    rate = Fraction(i.users * i.daily_share * i.operations * i.peak_factor) / Fraction(i.peak_seconds)
    cores = rate * Fraction(i.cpu_ms) / MS_PER_SECOND / Fraction(load)
    memory = Fraction(i.baseline_mb + i.sessions * i.session_mb) / MB_PER_GB / Fraction(load)
    storage = Fraction((i.stock_gb + i.yearly_gb * i.years) * (1 + reserve))
    bandwidth = Fraction(i.sessions * i.page_kb * BITS_PER_BYTE) / KBIT_PER_MBIT / Fraction(load)
    shown = {name: f"{value:,f}" for name, _ in LABELS if (value := getattr(i, name)) is not None}
    shown |= {"load": f"{load:f}", "reserve": f"{1 + reserve:f}", "rate": f"{_places(rate):f}"}
    # fmt: off
    return (
        _demand("rate",      "峰值每秒请求", "{users} × {daily_share} × {operations} × {peak_factor} ÷ {peak_seconds}", rate,    "次／秒", shown),
        _demand("vcpu",      "vCPU",      "{rate} × {cpu_ms} ÷ 1000 ÷ {load}",                       cores,     "核",   shown),
        _demand("memory",    "内存",       "({baseline_mb} ＋ {sessions} × {session_mb}) ÷ 1024 ÷ {load}", memory,    "GB",   shown),
        _demand("storage",   "存储",       "({stock_gb} ＋ {yearly_gb} × {years}) × {reserve}",        storage,   "GB",   shown),
        _demand("bandwidth", "带宽",       "{sessions} × {page_kb} × 8 ÷ 1024 ÷ {load}",             bandwidth, "Mbps", shown),
    )
    # fmt: on


def _load(inputs: Inputs, p: Parameters) -> Decimal:
    load: Decimal = p["sizing_target_load"] if inputs.target_load is None else inputs.target_load
    return load


def _places(value: Fraction) -> Decimal:
    """An exact value to two places, for showing only."""
    return Decimal((200 * value.numerator + value.denominator) // (2 * value.denominator)).scaleb(-2)


def _demand(name: str, zh: str, formula: str, exact: Fraction, unit: str, shown: dict[str, str]) -> Demand:
    whole = -(-exact.numerator // exact.denominator)
    return Demand(name, zh, formula.format_map(shown), _places(exact), Decimal(whole), unit)
