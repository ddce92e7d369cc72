"""How a verdict looks: a glyph and a class for each of its six states."""

from __future__ import annotations

from dataclasses import dataclass

from yunheng.law.kernel.verdict import Verdict

_GLYPHS = {"ok": "✓", "need": "◆", "fail": "✕", "undetermined": "？", "waived": "※", "preview": "◇"}
_SPOKEN = {
    "ok": "满足",
    "need": "另有要求",
    "fail": "不满足",
    "undetermined": "无法判断",
    "waived": "书面例外",
    "preview": "试算",
}
NOT_KEPT = "未留存，随输入更新"


@dataclass(frozen=True)
class VerdictView:
    """A verdict with its glyph, the word for the glyph, and the lines of its foot."""

    verdict: Verdict
    glyph: str
    spoken: str
    foot: tuple[str, ...]


def verdict_view(verdict: Verdict, notes: str = "") -> VerdictView:
    """Prepare a verdict for its box. ``notes`` are further words of the foot."""
    foot = [line for line in verdict.foot if line]
    if notes:
        foot.append(notes)
    if verdict.state == "preview" and NOT_KEPT not in foot:
        foot.append(NOT_KEPT)
    if verdict.rule:
        foot.append(f"规则 {verdict.rule}")
    return VerdictView(verdict, _GLYPHS[verdict.state], _SPOKEN[verdict.state], tuple(foot))
