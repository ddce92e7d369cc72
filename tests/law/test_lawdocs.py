"""The command that writes the documentation of the law, and says when it is old."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from yunheng.law.docs import all_pages


def test_it_writes_every_page_and_then_finds_them_up_to_date(tmp_path: Path) -> None:
    call_command("lawdocs", "--into", tmp_path)
    written = {path.relative_to(tmp_path).as_posix(): path.read_text("utf-8") for path in tmp_path.rglob("*.md")}
    assert written == all_pages()
    call_command("lawdocs", "--check", "--into", tmp_path)


@pytest.mark.parametrize("name", ["articles.md", "machines/application.md", "readings/R-001.md"])
def test_an_old_page_is_named_and_written_anew(tmp_path: Path, name: str) -> None:
    call_command("lawdocs", "--into", tmp_path)
    (tmp_path / name).write_text("old", "utf-8")
    with pytest.raises(CommandError, match=name):
        call_command("lawdocs", "--check", "--into", tmp_path)
    call_command("lawdocs", "--into", tmp_path)
    assert (tmp_path / name).read_text("utf-8") == all_pages()[name]


def test_the_page_of_a_procedure_that_is_gone_is_removed_and_other_pages_are_left_alone(tmp_path: Path) -> None:
    call_command("lawdocs", "--into", tmp_path)
    (tmp_path / "machines" / "gone.md").write_text("x", "utf-8")
    (tmp_path / "glossary.md").write_text("x", "utf-8")
    with pytest.raises(CommandError, match="gone"):
        call_command("lawdocs", "--check", "--into", tmp_path)
    call_command("lawdocs", "--into", tmp_path)
    assert not (tmp_path / "machines" / "gone.md").exists()
    assert (tmp_path / "glossary.md").exists()


def test_a_table_row_of_a_procedure_shows_actor_article_clock_and_guard() -> None:
    page = all_pages()["machines/application.md"]
    row = next(line for line in page.splitlines() if line.startswith("| `report_opened`"))
    for word in (
        "notified → opened",
        "provider delivery",
        "第七条第一款",
        "5个工作日",
        "`within_approved`",
        "可列为整改问题",
    ):
        assert word in row
    assert "```mermaid\nstateDiagram-v2" in page


def test_every_word_of_parties_and_roles_is_in_the_glossary() -> None:
    from yunheng.law.ch1_general.art04_parties import KINDS, ROLES

    glossary = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text("utf-8")
    assert [zh for _, zh in KINDS + ROLES if zh not in glossary] == []
    assert [code for code, _ in KINDS + ROLES if f"`{code}`" not in glossary] == []
