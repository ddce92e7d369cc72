"""The text is answered for: every paragraph has a home or a reason, and whatever cites it cites something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

from yunheng import law
from yunheng.law.articles import Article, Paragraph, articles, chapters, summary
from yunheng.law.docs import all_pages
from yunheng.law.kernel.citation import Cite, Force, art
from yunheng.law.kernel.parameters import Parameters, registry
from yunheng.law.paragraphs import Home
from yunheng.law.readings import readings, readings_of
from yunheng.law.registry import machines, rules

LAW = Path(law.__file__).parent
ROOT = LAW.parent.parent.parent
PARAGRAPHS = [paragraph for article in articles() for paragraph in article.paragraphs]
KNOWN = (
    {article.cite for article in articles()}
    | {paragraph.cite for paragraph in PARAGRAPHS}
    | {item.cite for paragraph in PARAGRAPHS for item in paragraph.items}
)
PARAGRAPHS_OF = {3: 2, 4: 4, 6: 2, 7: 2, 9: 2, 10: 3, 12: 2, 13: 4, 15: 2, 19: 3, 24: 2}


def by_key(paragraph: Paragraph) -> str:
    return paragraph.cite.key


def exists(home: Home) -> bool:
    known = {"rule": rules(), "machine": machines(), "parameter": registry()}
    return find_spec(f"yunheng.{home.name}") is not None if home.kind == "module" else home.name in known[home.kind]


def test_there_are_six_chapters_and_twenty_seven_articles() -> None:
    assert [chapter.number for chapter in chapters()] == [1, 2, 3, 4, 5, 6]
    assert [article.number for article in articles()] == list(range(1, 28))


@pytest.mark.parametrize("article", articles(), ids=lambda a: a.cite.key)
def test_each_article_has_all_its_paragraphs(article: Article) -> None:
    count = PARAGRAPHS_OF.get(article.number, 1)
    expected = [0] if count == 1 else list(range(1, count + 1))
    assert [paragraph.cite.paragraph for paragraph in article.paragraphs] == expected
    assert article.heading


def test_the_six_kinds_of_findings_are_items() -> None:
    assert [item.cite.key for item in PARAGRAPHS[-5].items] == [f"24.1.{n}" for n in range(1, 7)]


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=by_key)
def test_every_paragraph_has_a_home_or_says_why_not(paragraph: Paragraph) -> None:
    assert paragraph.homes or paragraph.planned or paragraph.uncoded
    assert not (paragraph.uncoded and (paragraph.homes or paragraph.planned))
    assert [home for home in paragraph.homes if not exists(home)] == []


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=by_key)
def test_every_paragraph_can_be_told_with_the_figures_of_the_day(paragraph: Paragraph) -> None:
    told = paragraph.text(Parameters(date(2026, 11, 24)))
    assert not re.search(r"[*{}]", told + paragraph.summary())
    assert paragraph.marked.count("*") % 2 == 0
    assert "".join(words for words, _ in paragraph.segments(Parameters(date(2026, 11, 24)))) == told


@pytest.mark.parametrize("paragraph", PARAGRAPHS, ids=by_key)
def test_the_force_of_a_paragraph_is_one_of_its_words(paragraph: Paragraph) -> None:
    assert [force for force in paragraph.forces if force.value not in paragraph.text()] == []


def test_a_figure_of_a_summary_follows_the_parameter_of_the_jurisdiction() -> None:
    shorter = Parameters(date(2026, 11, 24), {"open_service_term": "3"})
    assert "3个工作日" in summary(art(7, 1), shorter)
    assert "5个工作日" in summary(art(7, 1))


def test_a_summary_answers_for_article_paragraph_and_item_and_for_nothing_else() -> None:
    assert summary(art(5)) == "整合、按需、集约、合理、不浪费"
    assert summary(art(9)) == "服务变更"
    assert summary(art(24, 1, 2)) == "未按要求反馈工作、提交资料"
    for nowhere in (art(9, 3), art(5, 1)):
        with pytest.raises(KeyError):
            summary(nowhere)


def citations() -> Iterator[tuple[str, Cite]]:
    yield from ((f"rule {name}", rule.cite) for name, rule in rules().items())
    yield from ((f"parameter {name}", parameter.cite) for name, parameter in registry().items())
    for machine in machines().values():
        yield machine.kind, machine.cite
        yield from ((f"{machine.kind}.{step.name}", step.under) for step in machine.steps)
    for number, reading in readings().items():
        yield from ((number, cite) for cite in reading.cites)


def test_whatever_cites_the_regulation_cites_something() -> None:
    assert [(where, str(cite)) for where, cite in citations() if cite not in KNOWN] == []


def test_a_rule_and_a_parameter_of_an_article_is_claimed_by_its_paragraph() -> None:
    claimed = {(home.kind, home.name) for paragraph in PARAGRAPHS for home in paragraph.homes}
    of_law = {("parameter", name) for name, parameter in registry().items() if not parameter.product}
    assert ({("rule", name) for name in rules()} | of_law) - claimed == set()


def test_the_regulation_has_eight_figures_and_five_terms_of_five_days() -> None:
    day = Parameters(date(2026, 11, 24))
    of_law = {name: parameter for name, parameter in registry().items() if not parameter.product}
    five_days = {name for name in of_law if str(day[name]) == "WorkingDays(n=5)"}
    assert five_days == {"open_service_term", "change_term", "suggestion_term", "objection_term", "exit_term"}
    others = {name: of_law[name].words(day[name]) for name in of_law if name not in five_days}
    assert others == {
        "trial_term": "30个自然日",
        "change_justification_amount": "100,000.00元",
        "change_justification_ratio": "30%",
        "demand_month": "7月",
        "parallel_run_term": "60个自然日",
        "billing_cycle_months": "12个月",
        "settlement_cycle_months": "12个月",
        "in_force_from": "2025-01-01",
    }


def test_a_module_of_an_article_lies_in_the_folder_of_its_chapter() -> None:
    folder = {article.number: chapter.folder for chapter in chapters() for article in chapter.articles}
    for path in LAW.glob("ch*/art*.py"):
        assert folder[int(path.name[3:5])] == path.parent.name
        assert path.read_text("utf-8").startswith('"""Article')
    for name, rule in rules().items():
        assert f"art{rule.cite.article:02}_" in rule.function.__module__, name


def test_the_readings_are_numbered_without_gap_and_their_homes_exist() -> None:
    assert list(readings()) == [f"R-{n:03}" for n in range(1, 30)]
    assert [(r.number, home) for r in readings().values() for home in r.homes if not exists(home)] == []
    assert {r.number for r in readings().values() if r.to_be_confirmed} == {
        "R-012",
        "R-013",
        "R-019",
        "R-020",
        "R-024",
        "R-025",
        "R-026",
        "R-027",
        "R-028",
        "R-029",
    }


def test_a_reading_is_found_from_its_paragraph_and_from_its_article() -> None:
    assert "R-011" in {reading.number for reading in readings_of(art(15, 1))}
    assert "R-011" not in {reading.number for reading in readings_of(art(15, 2))}
    assert {"R-011", "R-021"} <= {reading.number for reading in readings_of(art(15))}


def test_code_cites_only_readings_that_exist() -> None:
    cited = {
        number for path in (LAW.parent).rglob("*.py") for number in re.findall(r"\bR-\d{3}\b", path.read_text("utf-8"))
    }
    assert cited - set(readings()) == set()
    assert cited


def test_only_what_holds_in_principle_can_be_departed_from() -> None:
    assert [force for force in Force if force.waivable] == [Force.IN_PRINCIPLE]


@pytest.mark.parametrize(("name", "text"), all_pages().items(), ids=list(all_pages()))
def test_the_generated_documentation_is_up_to_date(name: str, text: str) -> None:
    assert (ROOT / "docs" / name).read_text("utf-8") == text, "run: yunheng manage lawdocs"
