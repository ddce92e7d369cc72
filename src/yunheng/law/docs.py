"""The documentation that writes itself: docs/articles.md, docs/backtest-figures.md, docs/machines/ and docs/readings/, as text from the tables.

A change of the law in the code shows as a change of these files; ``yunheng manage lawdocs --check`` fails when they are old.
"""

from __future__ import annotations

from yunheng.law.articles import PROGRESS_ZH, Paragraph, chapters
from yunheng.law.backtest_page import figures_page
from yunheng.law.kernel.machine import BACK, Machine, Step, Watch
from yunheng.law.kernel.parameters import Parameter, registry
from yunheng.law.paragraphs import Home
from yunheng.law.readings import Reading, readings
from yunheng.law.registry import machines, rules

GENERATED = "<!-- Generated from the tables of yunheng.law by `yunheng manage lawdocs`; edit those instead. -->\n"
LOOKS = {"grey": "○", "run": "◐", "back": "∟", "ok": "●", "bad": "■", "soon": "▲", "own": "◆"}


def all_pages() -> dict[str, str]:
    """Every generated page by its path below ``docs``."""
    pages = {f"machines/{kind}.md": machine_page(machine) for kind, machine in sorted(machines().items())}
    pages |= {f"readings/{number}.md": reading_page(reading) for number, reading in readings().items()}
    backtest = f"{GENERATED}\n# The back-test of article 10\n\n{figures_page()}"
    return {"articles.md": articles_page(), "backtest-figures.md": backtest, **pages}


def articles_page() -> str:
    """Every paragraph: our one line, its force, where it lives, what is still to come."""
    lines = [
        GENERATED,
        "# From the articles to the code\n",
        "Our words, not the official text. ■ 已全部落实　◧ 部分落实　□ 待落实　— 无须落实\n",
    ]
    for chapter in chapters():
        lines += [f"## {chapter.title}\n", "| 条款 | 摘述 | 效力 | 所在 | 待续 |", "|---|---|---|---|---|"]
        lines += [
            _paragraph(paragraph, article.heading) for article in chapter.articles for paragraph in article.paragraphs
        ]
        lines.append("")
    lines += ["## Figures\n", "| 参数 | 名称 | 取值 | 依据 | |", "|---|---|---|---|---|"]
    lines += [_parameter(parameter) for parameter in sorted(registry().values(), key=lambda p: (p.cite, p.name))]
    return "\n".join(lines) + "\n"


def _paragraph(paragraph: Paragraph, heading: str) -> str:
    mark = {"landed": "■", "partial": "◧", "planned": "□", "uncoded": "—"}[paragraph.progress]
    items = "".join(f"<br>（{n}）{item.summary}" for n, item in enumerate(paragraph.items, 1))
    force = "、".join(force.value for force in paragraph.forces)
    home = "<br>".join(_home(home) for home in paragraph.homes) or PROGRESS_ZH[paragraph.progress]
    rest = paragraph.planned or paragraph.uncoded
    return f"| {mark} {paragraph.cite.zh}<br>{heading} | {paragraph.summary()}{items} | {force} | {home} | {rest} |"


def _home(home: Home) -> str:
    if home.kind == "rule":
        rule = rules()[home.name]
        return f"rule `{rule.function.__module__.removeprefix('yunheng.')}.{home.name}`"
    if home.kind == "machine":
        return f"machine [{home.name}](machines/{home.name}.md)"
    return f"{home.kind} `{home.name}`"


def _parameter(parameter: Parameter) -> str:
    values = "<br>".join(f"{since}: {parameter.words(parameter.typed(raw))}" for since, raw in parameter.values)
    force = "产品参数，无法律效力" if parameter.product else ""
    return f"| `{parameter.name}` | {parameter.zh} | {values} | {parameter.cite.zh} | {force} |"


def machine_page(machine: Machine) -> str:
    """One procedure: its states, its table, its diagram."""
    lines = [
        GENERATED,
        f"# {machine.zh} ({machine.kind})\n",
        f"{machine.cite.zh}. Numbers: {machine.prefix}-2026-0001. "
        f"Nobody takes two of: {', '.join(f'`{name}`' for name in machine.separated)}.\n",
        "## States\n",
        "| state | 状态 | |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{state.name}` | {LOOKS[state.look]} {state.zh} | {'end' if state.final else ''} |"
        for state in machine.states
    ]
    lines += [
        "\n## Steps\n",
        "| step | from → to | by | under | clock, guard | informs | what follows; what a lapse may bring |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_step(step) for step in machine.steps]
    lines += ["\n## Drawn\n", "```mermaid", machine.mermaid().rstrip(), "```"]
    return "\n".join(lines) + "\n"


def _step(step: Step) -> str:
    target = {"": "(stays)", BACK: "(back)"}.get(step.target, step.target)
    by = ", ".join(str(by) for by in step.by) + (" — all" if step.joint else "")
    clock = [_term(name) for name in ([step.term] if step.term else [])] + [_watch(watch) for watch in step.watch]
    clock += [f"`{guard}`" for guard in step.guards] + (["reason"] if step.needs_opinion else [])
    clock += ["clock starts anew"] if step.restarts else []
    words = "；".join(part for part in (step.follows, step.lapse) if part)
    return (
        f"| `{step.name}`<br>{step.label} | {', '.join(step.source)} → {target} | {by} | {step.under.zh} "
        f"| {'<br>'.join(clock)} | {', '.join(step.informs)} | {words} |"
    )


def _watch(watch: Watch) -> str:
    told = f" → {', '.join(watch.tells)}" if watch.tells else ""
    return f"{_term(watch.parameter)}{' before the end' if watch.before else ''}{told}"


def _term(name: str) -> str:
    parameter = registry()[name]
    words = parameter.words(parameter.typed(parameter.values[-1][1]))
    return f"{words} (`{name}`{', [pp]' if parameter.product else ''})"


def reading_page(reading: Reading) -> str:
    """One open question: what is asked, how it is read, why, what it touches."""
    homes = [f"- {_home(home).replace('](machines/', '](../machines/')}" for home in reading.homes]
    status = "to be confirmed by the bureau (待确认)" if reading.to_be_confirmed else "in use until interpreted (26)"
    return "\n".join(
        [
            GENERATED,
            f"# {reading.number}. {reading.asked}\n",
            f"Reads: {'、'.join(cite.zh for cite in reading.cites)}. Status: {status}.\n",
            f"**Reading.** {reading.read}\n",
            f"**Why.** {reading.why}\n",
            "**Touches**\n",
            *(homes or ["- nothing yet: its article is still to come"]),
            f"\n> {reading.question}？{reading.reading}\n",
        ]
    )
