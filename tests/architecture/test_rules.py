"""Principles of the house that a linter does not know: one writer of state, no clock below, no binary fractions."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, place, python_files, tree

WRITER = PACKAGE / "foundation" / "workflow"
CLOCKS = {"now", "today", "utcnow", "localtime", "time_ns"}
ABOUT_MONEY = (
    "src/yunheng/law",
    "src/yunheng/domain/billing",
    "src/yunheng/domain/funding",
    "src/yunheng/domain/catalog",
)
NO_CLOCK = ("src/yunheng/law", "src/yunheng/foundation", "src/yunheng/domain")


def targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


def writes_state(node: ast.AST) -> bool:
    """`x.state = …`, `.update(state=…)`, `setattr(x, "state", …)`; a class's own field or `self.state` is not one."""
    if any(isinstance(t, ast.Attribute) and t.attr == "state" for t in targets(node)):
        return True
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"update", "update_or_create", "bulk_update"}:
        named = any(word.arg == "state" for word in node.keywords)
        return named or any(
            isinstance(a, ast.List) and "state" in [getattr(e, "value", "") for e in a.elts] for a in node.args
        )
    if isinstance(node.func, ast.Name) and node.func.id == "setattr" and len(node.args) > 1:
        return isinstance(node.args[1], ast.Constant) and node.args[1].value == "state"
    return False


def reads_clock(node: ast.AST) -> bool:
    """`anything.now()` and its like, and a clock handed over uncalled, as in `default=timezone.now`."""
    if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
        return isinstance(node.value, ast.Name) and node.value.id in {"datetime", "date", "timezone", "time", "dt"}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in {"now", "today", "utcnow"}
    automatic = isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}
    return automatic or (isinstance(node, ast.Name) and node.id in {"Now", "CURRENT_TIMESTAMP"})


def is_binary_fraction(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"


def found(judge: object, *folders: str) -> Iterator[str]:
    assert callable(judge)
    for path in python_files(*folders):
        yield from (place(path, node) for node in ast.walk(tree(path)) if judge(node))


def test_only_the_workflow_writes_the_state_of_a_case() -> None:
    outside = [hit for hit in found(writes_state, "src") if WRITER not in (ROOT / hit.split(":")[0]).parents]
    assert outside == []


def test_no_clock_is_read_in_law_foundation_and_domain() -> None:
    assert list(found(reads_clock, *NO_CLOCK)) == []


def test_no_binary_fraction_comes_near_money() -> None:
    assert list(found(is_binary_fraction, *ABOUT_MONEY)) == []


def test_no_signals() -> None:
    def listens(node: ast.AST) -> bool:
        return isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            ("django.dispatch", "django.db.models.signals")
        )

    assert list(found(listens, "src")) == []


@pytest.mark.parametrize(
    ("judge", "caught", "passed"),
    [
        (writes_state, "case.state = 'x'", "case.state == 'x'"),
        (writes_state, "Case.objects.filter(pk=1).update(state='x')", "d.update(other=1)"),
        (writes_state, "setattr(case, 'state', 'x')", "getattr(case, 'state')"),
        (reads_clock, "timezone.now()", "clock.at()"),
        (reads_clock, "f(default=timezone.now)", "f(default=at)"),
        (reads_clock, "DateField(auto_now_add=True)", "DateField()"),
        (is_binary_fraction, "0.95", "Decimal('0.95')"),
        (is_binary_fraction, "float(x)", "int(x)"),
    ],
)
def test_the_judges_can_tell(judge: object, caught: str, passed: str) -> None:
    assert callable(judge)
    assert any(judge(node) for node in ast.walk(ast.parse(caught)))
    assert not any(judge(node) for node in ast.walk(ast.parse(passed)))


def test_the_layers_hold() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
