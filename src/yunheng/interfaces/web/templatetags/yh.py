"""The parts of a page as template tags: each takes plain values and renders one template of ``components/``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from yunheng.interfaces.web.components import articles, badges, dates, forms, money, parts, verdicts
from yunheng.law.kernel.citation import Cite, Force
from yunheng.law.kernel.verdict import Verdict

register = template.Library()


def _part(name: str, /, **values: Any) -> SafeString:
    """Render a part without the line end of its file, so that it can stand inside a sentence."""
    # The template has escaped what it was given; strip() only drops the mark of that.
    return mark_safe(render_to_string(f"components/{name}.html", values).strip())  # noqa: S308


# ── the law ──────────────────────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag
def article_chip(
    cite: Cite | str | None,
    force: Force | str = "",
    state: str = "link",
    on: date | None = None,
    until: date | None = None,
) -> SafeString:
    """The chip of an article; nothing when there is no citation."""
    if not cite:
        return SafeString("")
    place = articles.as_cite(cite)
    return _part(
        "article_chip",
        cite=place,
        force=force.value if isinstance(force, Force) else force,
        state=state,
        href=articles.article_href(place, on=on),
        summary=articles.summary_of(place),
        until=until,
    )


@register.simple_tag
def reading_chip(number: str) -> SafeString:
    """The chip of a reading: an interpretation, not the law."""
    return _part("reading_chip", number=number, href=articles.reading_href(number)) if number else SafeString("")


@register.simple_tag
def verdict_box(verdict: Verdict, bar: Any = None, notes: str = "", on: date | None = None) -> SafeString:
    """A verdict with its arithmetic."""
    return _part("verdict_box", view=verdicts.verdict_view(verdict, notes), bar=bar, on=on)


# ── time ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag
def clock(view: Any, size: str = "full") -> SafeString:
    """The working-day clock; ``size="cell"`` inside tables."""
    return _part("clock_cell" if size == "cell" else "clock", view=view)


@register.simple_tag
def timeline(view: Any) -> SafeString:
    """The drawn time-line of a service."""
    return _part("timeline", view=view)


@register.simple_tag
def month_calendar(view: Any, *, legend: bool = True) -> SafeString:
    """A month of the working calendar."""
    return _part("month_calendar", view=view, legend=legend)


# ── state and progress ───────────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag
def badge(word: Any, look: str = "", mine: bool = False) -> SafeString:
    """A status: form, colour and word. Takes a word or a ``Badge``."""
    if not word:
        return SafeString("")
    shown = word if isinstance(word, badges.Badge) else badges.badge(str(word), look=look, mine=mine)
    return _part("badge", badge=shown)


@register.simple_tag
def lane(key: str) -> SafeString:
    """Who pays: ``covered`` or ``own``."""
    return _part("lane", lane=badges.Lane(key)) if key else SafeString("")


@register.simple_tag
def step_bar(view: Any) -> SafeString:
    """Where the case stands on its way."""
    return _part("step_bar", view=view)


@register.simple_tag(takes_context=True)
def action_bar(context: template.Context, bar: parts.ActionBar) -> SafeString:
    """What can be done now, at the bottom of the page."""
    return _part("action_bar", bar=bar, csrf_token=context.get("csrf_token"))


@register.simple_tag(takes_context=True)
def button(context: template.Context, item: parts.Button | None) -> SafeString:
    """A button, as link, own form or submit."""
    return _part("button", button=item, csrf_token=context.get("csrf_token")) if item else SafeString("")


@register.simple_tag(takes_context=True)
def task(context: template.Context, item: parts.TaskItem) -> SafeString:
    """One thing to do at a desk."""
    urgency = item.clock.urgency if item.clock else ""
    return _part("task", task=item, urgency=urgency, csrf_token=context.get("csrf_token"))


@register.simple_tag
def record(items: Sequence[parts.RecordItem]) -> SafeString:
    """The acts of a case, newest first."""
    return _part("record", items=items)


# ── figures and facts ────────────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag(name="money")
def money_cell(amount: Decimal | None, sign: bool = False, unit: str = "") -> SafeString:
    """An amount in yuan."""
    return _part(
        "money",
        text=money.yuan(amount, sign=sign),
        unit=unit if amount is not None else "",
        quiet=amount is None or not amount,
    )


@register.simple_tag
def facts(items: Sequence[Any]) -> SafeString:
    """Labels above values, three columns."""
    return _part("facts", items=parts.as_facts(items))


@register.simple_tag
def pairs(items: Sequence[Any]) -> SafeString:
    """Label and value in one row each."""
    return _part("pairs", items=parts.as_facts(items))


@register.simple_tag
def figures(items: Sequence[parts.Figure]) -> SafeString:
    """A row of large numbers."""
    return _part("figures", items=items)


@register.simple_tag
def formula(view: parts.Formula) -> SafeString:
    """Arithmetic set large, with a real fraction."""
    return _part("formula", view=view)


@register.simple_tag(name="limit_bar")
def limit_bar_tag(view: Any) -> SafeString:
    """A figure against its limits."""
    return _part("limit_bar", view=view)


@register.simple_tag
def daily_chart(view: Any) -> SafeString:
    """Use day by day, the table stands beside it."""
    return _part("daily_chart", view=view) if view else SafeString("")


@register.simple_tag
def band_bar(view: Any) -> SafeString:
    """A whole cut into bands."""
    return _part("band_bar", view=view)


@register.simple_tag
def share_bar(value: Any, of: Any, look: str = "indigo", label: str = "") -> SafeString:
    """A plain bar of a share; the words beside it carry the figure."""
    share = min(Decimal(100), max(Decimal(0), Decimal(value) * 100 / Decimal(of))) if of else Decimal(0)
    return _part("share_bar", share=f"{share:.1f}", look=look, label=label)


@register.simple_tag
def legend(items: Sequence[tuple[str, str]]) -> SafeString:
    """What the colours of a drawing mean."""
    return _part("legend", items=items)


@register.simple_tag
def documents(items: Sequence[parts.DocumentItem]) -> SafeString:
    """The papers of a case."""
    return _part("documents", items=items)


_DIFF_WORDS = {"changed": ("→", "调整"), "added": ("+", "新增"), "removed": ("\u2212", "退掉"), "same": ("", "不变")}


@register.simple_tag
def diff_mark(mark: str) -> SafeString:
    """The mark of a row of a diff, with its word for the ear."""
    sign, word = _DIFF_WORDS[mark]
    return _part("diff_mark", sign=sign, word=word)


# ── page ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@register.simple_block_tag
def page_head(
    content: str,
    *,
    title: str,
    crumbs: Sequence[parts.Crumb] = (),
    badge: Any = "",
    look: str = "",
    mine: bool = False,
    lane: str = "",
    lead: str = "",
    cite: Cite | str | None = None,
    law: bool = False,
) -> SafeString:
    """Path, title, state, and quiet buttons at the right."""
    shown = badge if isinstance(badge, badges.Badge) or not badge else badges.badge(str(badge), look=look, mine=mine)
    return _part(
        "page_head", content=content if content.strip() else "", title=title, crumbs=crumbs, badge=shown, lane=lane,
        lead=lead, cite=cite, law=law,
    )  # fmt: skip


@register.simple_block_tag
def sheet(
    content: str,
    title: str = "",
    *,
    sub: str = "",
    cite: Cite | str | None = None,
    force: Force | str = "",
    link: str = "",
    href: str = "",
    badge: Any = "",
    right: str = "",
    foot: str = "",
    id: str = "",  # noqa: A002 - the name that a template author expects
    flush: bool = False,
    tone: str = "",
) -> SafeString:
    """A white sheet with a head. ``flush`` has no padding, for tables and tasks."""
    return _part(
        "sheet", content=content, title=title, sub=sub, cite=cite, force=force, link=link, href=href,
        badge=badge, right=right, foot=foot, id=id, flush=flush, tone=tone,
    )  # fmt: skip


@register.simple_block_tag
def note(content: str) -> SafeString:
    """A quiet remark."""
    return _part("note", content=content)


@register.simple_tag
def empty(fact: str, sentence: str = "", href: str = "", link: str = "") -> SafeString:
    """Nothing there: one fact, one sentence, a way out."""
    return _part("empty", fact=fact, sentence=sentence, href=href, link=link)


@register.simple_tag
def tabs(items: Sequence[parts.Tab], label: str = "视图") -> SafeString:
    """Views of the same thing; ``label`` tells two of them on a page apart."""
    return _part("tabs", items=items, label=label)


@register.simple_tag
def pages(page: parts.Pages | None) -> SafeString:
    """Backwards and forwards."""
    shown = page and (page.previous_href or page.next_href or page.words)
    return _part("pages", page=page) if shown else SafeString("")


@register.simple_tag
def refusal(error: Any) -> SafeString:
    """Why a step was not taken, under which article, and what to do now."""
    return _part("refusal", error=error) if error else SafeString("")


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """A field of a form: label, help, control, error."""
    return _part("field", field=forms.field_view(bound))


@register.simple_tag
def form_fields(form: BaseForm) -> SafeString:
    """All fields of a form, hidden ones first."""
    shown = [forms.field_view(bound) for bound in form.visible_fields()]
    return _part("form_fields", hidden=form.hidden_fields(), fields=shown)


@register.simple_tag
def filter_line(form: BaseForm, clear: str = "?") -> SafeString:
    """A GET form in one line; 清除筛选 when something is asked for."""
    asked = form.is_bound and any(form.data.get(form.add_prefix(name)) for name in form.fields)
    shown = [forms.field_view(bound) for bound in form.visible_fields()]
    return _part("filter_line", hidden=form.hidden_fields(), fields=shown, clear=clear if asked else "")


@register.simple_tag
def error_summary(form: BaseForm | None = None, problems: Iterable[Any] = (), title: str = "") -> SafeString:
    """What has to be mended, above the form; nothing when nothing is wrong."""
    view = forms.error_summary(form, problems or (), title=title)
    return _part("error_summary", view=view) if view else SafeString("")


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _day_filter(name: str, words: Any) -> None:
    def apply(value: date | datetime | None) -> str:
        return words(dates.as_day(value)) if value else money.ABSENT

    register.filter(name, apply)


for _name, _words in (
    ("day", dates.long_day),
    ("day_short", dates.short_day),
    ("day_week", dates.day_with_weekday),
    ("iso", date.isoformat),
    ("month_day", dates.month_day),
):
    _day_filter(_name, _words)


@register.filter
def moment(at: datetime | None) -> str:
    """11月24日 10:18."""
    return dates.moment(at) if at else money.ABSENT


@register.filter
def moment_long(at: datetime | None) -> str:
    """2026-11-24 10:18."""
    return dates.long_moment(at) if at else money.ABSENT


@register.filter
def yuan(amount: Decimal | None) -> str:
    """1,978.92."""
    return money.yuan(amount)


@register.filter
def signed(amount: Decimal | None) -> str:
    """+94,320.00."""
    return money.yuan(amount, sign=True)


register.filter("wan", money.wan)
register.filter("count", money.count)
register.filter("price", money.price)
register.filter("percent", money.percent)
register.filter("size", money.file_size)
