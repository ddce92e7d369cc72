"""One word per state, and for each word its form and colour: a state is never told by colour alone."""

from __future__ import annotations

from dataclasses import dataclass

# fmt: off
LOOKS: dict[str, str] = {
    "草稿": "idle", "拟稿": "idle", "已撤回": "idle", "已办结": "idle", "已结束": "idle", "已失效": "idle", "已取消": "idle",
    "已提交": "run", "已受理": "run", "已审核": "run", "已通知": "run", "已提意见": "run", "办理中": "run", "已送达": "run",
    "待提交": "run", "待受理": "run", "待审核": "run", "待审批": "run", "待答复": "run", "待核查": "run", "待确认": "run",
    "已退回补正": "back", "退回补正": "back",
    "已批准": "good", "已开通": "good", "服务中": "good", "已调整": "good", "已结算": "good", "已确认": "good", "齐全": "good",
    "临近到期": "soon",
    "已逾期": "bad", "已超期": "bad", "不予批准": "bad", "未通过": "bad", "已到期": "bad",
    "已移出统筹": "own", "已例外": "own", "单位自付": "own",
}
# fmt: on

# What the tables of the procedures may call the same looks.
_ALIASES = {"ok": "good", "done": "idle", "grey": "idle", "end": "idle", "fail": "bad", "waived": "own", "plum": "own"}
_KNOWN = frozenset({"idle", "run", "mine", "back", "good", "soon", "bad", "own"})


@dataclass(frozen=True)
class Badge:
    """A word of state with its look: idle, run, mine, back, good, soon, bad or own."""

    word: str
    look: str


def badge(word: str, *, look: str = "", mine: bool = False) -> Badge:
    """The badge of a word. ``mine`` marks the reader's turn; ``look`` is for words outside the table."""
    if mine:
        return Badge(word, "mine")
    wanted = _ALIASES.get(look, look) or LOOKS.get(word, "run")
    return Badge(word, wanted if wanted in _KNOWN else "run")


@dataclass(frozen=True)
class Lane:
    """Who pays: the fund (covered) or the unit (own)."""

    key: str

    @property
    def word(self) -> str:
        return "市级统筹" if self.key == "covered" else "用户单位自付"
