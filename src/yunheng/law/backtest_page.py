"""docs/backtest-figures.md: the record of article 10's back-test as a table."""

from __future__ import annotations

from yunheng.law.ch2_use.art10_record import record, share_words


def figures_page() -> str:
    """The table of docs/backtest-figures.md."""
    one = record()
    names = {"idle": "idle", "cpu": "oversized"}
    lines = [
        f"Rule set {one.rule_set}. Trace {one.trace['name']} (SHA-256 `{one.trace['sha256']}`), {one.trace['machines']} "
        f"machines, {one.trace['first']} to {one.trace['last']}, days of {one.trace['zone']}. Not part of this repository.\n",
        "| cut | for | season | rule | undetermined | advised | woke / overran | share | hours over | cores given back |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in one.rows:
        use, season = "judging" if row.held_out else "tuning", "declared" if row.declared else ""
        rule = names[row.kind] + ("" if row.result == "advise" else ", information only")
        over = "" if row.kind == "idle" or not row.hours else share_words(row.hours_over, 3)
        share = share_words(row.share, 1) if row.heard else ""
        lines.append(
            f"| {row.on} | {use} | {season} | {rule} | {row.undetermined} | {row.advised} | {row.bad} | {share} | {over} "
            f"| {row.saved} |"
        )
    lines += ["\n## Figures it was made with\n", "| figure | value |", "|---|---|"]
    lines += [f"| `{name}` | {value} |" for name, value in one.figures.items()]
    return "\n".join(lines) + "\n"
