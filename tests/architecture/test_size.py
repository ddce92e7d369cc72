"""What does not fit on a page is two things."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, functions, place, python_files

FILE, FILE_OF_LAW, FUNCTION, USUAL_FUNCTION, USUAL = 400, 150, 60, 25, 0.95


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_400_lines() -> None:
    assert [f"{place(p)} {lines(p)}" for p in python_files("src", "tests", "scripts") if lines(p) > FILE] == []


def test_no_file_of_the_law_is_longer_than_150_lines() -> None:
    assert [f"{place(p)} {lines(p)}" for p in python_files("src/yunheng/law") if lines(p) > FILE_OF_LAW] == []


def test_no_function_is_longer_than_60_lines() -> None:
    long = [
        f"{place(path)} {name} {length}"
        for path in python_files("src", "tests", "scripts")
        for name, length in functions(path)
        if length > FUNCTION
    ]
    assert long == []


@pytest.mark.parametrize("folder", ["src", "tests"])
def test_95_of_100_functions_fit_in_25_lines(folder: str) -> None:
    lengths = [(length, f"{place(p)} {name}") for p in python_files(folder) for name, length in functions(p)]
    short = sum(length <= USUAL_FUNCTION for length, _ in lengths)
    assert short / len(lengths) >= USUAL, sorted(lengths, reverse=True)[:20]


def test_the_counters_see_the_package() -> None:
    assert PACKAGE / "law" / "kernel" / "machine.py" in python_files("src")
    assert dict(functions(Path(__file__)))["test_the_counters_see_the_package"] == 3
