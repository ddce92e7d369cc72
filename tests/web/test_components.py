"""Every part of a page renders from plain values, escapes them, and carries no style and no script of its own."""

from __future__ import annotations

import inspect
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.template import Context, Template
from django.test import Client

from yunheng.foundation.workflow.errors import NotYours, Problem
from yunheng.interfaces.web import components as parts
from yunheng.interfaces.web.components import badges
from yunheng.interfaces.web.components.forms import error_summary
from yunheng.interfaces.web.components.money import count, file_size, percent, wan, yuan
from yunheng.interfaces.web.templatetags import yh
from yunheng.law.kernel.citation import Force, art
from yunheng.law.kernel.machine import MACHINES
from yunheng.law.kernel.verdict import Row, Verdict

WEB = Path(badges.__file__).parents[1]


def test_the_page_for_authors_names_every_tag_with_every_choice_it_gives_and_every_filter() -> None:
    words = (WEB.parents[3] / "docs" / "interface.md").read_text()
    rows = {found[1]: found[0] for found in re.finditer(r"^\| `\{% (\w+).*$", words, re.MULTILINE)}
    rows["page_head"] = next(line for line in words.splitlines() if line.startswith("| `head`"))
    missing = [f"|{name}" for name in yh.register.filters if f"`{name}`" not in words]
    for name, function in inspect.getmembers(yh, inspect.isfunction):
        tag = name.removesuffix("_cell").removesuffix("_tag")
        if tag not in yh.register.tags:
            continue
        free = [p.name for p in inspect.signature(function).parameters.values() if p.default is not p.empty]
        missing += [f"{tag} {choice}" for choice in free if not re.search(rf"\b{choice}\b", rows.get(tag, ""))]
    assert not missing
    assert len(rows) > 30


def render(source: str, **values: object) -> str:
    return Template("{% load yh %}" + source).render(Context(values))


# ── the law ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_chip_leads_to_its_paragraph_on_the_day_of_the_act():
    html = render("{% article_chip cite on=day %}", cite=art(9, 2), day=date(2026, 11, 24))
    assert ">第九条第二款<" in html
    assert re.search(r'href="/articles/9/?\?on=2026-11-24#art-9-2"', html)


def test_a_chip_takes_a_key_and_shows_how_strongly_the_sentence_binds():
    assert "原则上" in render("{% article_chip '9.2' force=force %}", force=Force.IN_PRINCIPLE)


def test_a_chip_carries_our_summary_for_the_pop_over():
    assert 'data-yh-summary="' in render("{% article_chip '9.2' %}")


def test_a_chip_of_nothing_is_nothing():
    assert render("{% article_chip cite %}", cite=None) == ""


def test_a_chip_no_longer_in_force_is_struck_and_dated():
    html = render("{% article_chip '9' state='past' until=day %}", day=date(2026, 12, 31))
    assert "<s>第九条</s>" in html
    assert "至 2026-12-31" in html


def test_a_reading_is_told_from_the_law():
    html = render("{% reading_chip 'R-002' %}")
    assert "yh-chip--reading" in html
    assert "释 R-002" in html
    assert "/readings/R-002" in html


@pytest.mark.parametrize(
    ("state", "glyph"),
    [("ok", "✓"), ("need", "◆"), ("fail", "✕"), ("undetermined", "？"), ("waived", "※"), ("preview", "◇")],
)
def test_each_state_of_a_verdict_has_its_glyph_and_its_look(state: str, glyph: str):
    rows = (Row("占原费用", "32.19% ＞ 30%", "32.19%", "已超过", hit=True), Row("满额", "a ＜ b", "a", "未达到"))
    verdict = Verdict("fee_rule", art(9, 2), Force.IN_PRINCIPLE, state, "应先论证", rows, ("参数 2026-01",))  # type: ignore[arg-type]
    html = render("{% verdict_box verdict %}", verdict=verdict)
    assert f"yh-verdict--{state}" in html
    assert glyph in html
    assert html.count("yh-hit") == 1
    assert "规则 fee_rule" in html
    assert ("未留存，随输入更新" in html) is (state == "preview")


# ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_state_is_white_on_indigo_only_when_it_is_my_turn():
    assert "yh-badge--mine" in render("{% badge '待审批' mine=True %}")
    assert "yh-badge--mine" not in render("{% badge '待审批' %}")


def test_every_look_that_a_procedure_names_is_known():
    for machine in MACHINES.values():
        for state in machine.states:
            assert badges.badge(state.zh, look=state.look).look in badges._KNOWN
            assert state.look in badges._KNOWN | set(badges._ALIASES), (machine.kind, state.name, state.look)


def test_one_word_has_one_look():
    assert badges.badge("不予批准").look == "bad"
    assert badges.badge("随便一个词").look == "run"
    assert badges.badge("已取消", look="grey").look == "idle"


def test_the_lanes_have_their_two_words():
    assert ">市级统筹<" in render("{% lane 'covered' %}")
    assert ">用户单位自付<" in render("{% lane 'own' %}")


def test_the_action_bar_offers_at_most_two_and_says_what_follows():
    bar = parts.ActionBar(
        "批准",
        art(7),
        "今天批准，12月1日（周二）24:00 前开通。",
        primary=parts.Button("批准并通知开通", name="step", value="approve", form="case", look="primary"),
        quiet=parts.Button("不予批准", href="/refuse"),
    )
    html = render("{% action_bar bar %}", bar=bar)
    assert html.index("不予批准") < html.index("批准并通知开通")
    assert 'form="case" name="step" value="approve"' in html
    assert "第七条" in html


def test_a_blocked_action_stays_and_says_what_is_missing():
    bar = parts.ActionBar("提交", primary=parts.Button("提交", disabled=True), blocked="缺少材料", blocked_href="#p")
    html = render("{% action_bar bar %}", bar=bar)
    assert "disabled" in html
    assert '<a href="#p">缺少材料</a>' in html


def test_when_it_is_not_my_turn_there_is_no_button():
    html = render("{% action_bar bar %}", bar=parts.ActionBar(waiting="现在轮到市大数据局，你可以查看"))
    assert "<button" not in html
    assert "下一步" not in html


def test_a_button_of_its_own_form_carries_the_token():
    html = render("{% button b %}", b=parts.Button("提醒一次", post_to="/remind"), csrf_token="T0KEN")
    assert 'value="T0KEN"' in html
    assert 'method="post"' in html


def test_the_record_gives_act_person_opinion_and_local_time():
    item = parts.RecordItem("受理", "服务中心 吴倩", "材料齐全", datetime(2026, 11, 18, 1, 41, tzinfo=UTC), art(4))
    html = render("{% record items %}", items=[item])
    assert "11月18日 09:41" in html
    assert "材料齐全" in html


# ── figures ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("amount", "sign", "text"),
    [
        (Decimal("1978.92"), False, "1,978.92"),
        (Decimal("-6017.87"), False, "\u22126,017.87"),
        (Decimal(94320), True, "+94,320.00"),
        (Decimal(0), True, "0.00"),
        (Decimal("-0.004"), True, "0.00"),
        (None, True, "—"),
    ],
)
def test_money_has_two_decimals_commas_and_a_real_minus(amount: Decimal | None, sign: bool, text: str):
    assert yuan(amount, sign=sign) == text
    assert f">{text}<" in render("{% money amount sign=sign %}", amount=amount, sign=sign)


def test_other_figures():
    assert wan(Decimal(86407200)) == "8,640.72"
    assert (count(1150), count(Decimal("1.50")), count(None)) == ("1,150", "1.5", "—")
    assert (percent(Decimal("0.321868")), percent(Decimal("-0.05"), places=0)) == ("32.19%", "\u22125%")
    assert (file_size(800_000), file_size(12_300), file_size(1)) == ("0.8 MB", "12 KB", "1 KB")


def test_days_and_moments_are_local():
    at = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)  # half past midnight of the 25th in the city
    shown = render("{{ at|day }}/{{ at|day_week }}/{{ at|iso }}/{{ at|month_day }}/{{ at|moment }}", at=at)
    assert shown == "2026年11月25日/11月25日（周三）/2026-11-25/11-25/11月25日 00:30"
    assert render("{{ none|day }}") == "—"


def test_values_are_escaped_in_every_part():
    evil = "<img src=x>"
    html = render(
        "{% facts facts %}{% empty evil evil %}{% badge evil %}{% sheet evil sub=evil %}{{ evil }}{% endsheet %}"
        "{% record items %}{% documents papers %}{% error_summary None problems=problems %}{% refusal refusal %}",
        facts=[(evil, evil)],
        evil=evil,
        items=[parts.RecordItem(evil, evil, evil)],
        papers=[parts.DocumentItem(evil, right=evil)],
        problems=[Problem(evil, evil)],
        refusal=NotYours(evil, todo=evil),
    )
    assert evil not in html
    assert html.count("&lt;img") >= 14


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Demand(forms.Form):
    quantity = forms.IntegerField(
        label="申请数量", min_value=1, help_text="按台", error_messages={"min_value": "申请数量须大于 0"}
    )
    answer = forms.ChoiceField(
        label="答复", widget=forms.RadioSelect, choices=[("a", "调整｜自动拟好变更申请"), ("b", "退出")]
    )
    note = forms.CharField(label="理由", required=False)


def test_a_field_ties_label_help_and_error_to_its_control():
    html = render("{% field form.quantity %}", form=Demand({"quantity": "0"}))
    assert 'for="id_quantity"' in html
    assert 'aria-describedby="id_quantity_help id_quantity_error"' in html
    assert 'id="id_quantity_error"' in html
    assert "申请数量须大于 0" in html
    assert 'aria-invalid="true"' in html


def test_a_field_that_may_stay_empty_says_so():
    assert "选填" in render("{% field form.note %}", form=Demand())
    assert "选填" not in render("{% field form.quantity %}", form=Demand())


def test_choices_become_cards_with_a_title_and_words():
    html = render("{% field form.answer %}", form=Demand())
    assert "<fieldset" in html
    assert "<legend" in html
    assert '<span class="yh-option__title">调整</span>' in html
    assert '<span class="yh-option__words">自动拟好变更申请</span>' in html
    assert "｜" not in html


def test_all_that_is_wrong_is_named_at_once_each_with_a_link():
    view = error_summary(Demand({"quantity": "0"}), [Problem("第 4 行", "申请数量须大于 0"), parts.Gap("缺材料", "#m")])
    assert view is not None
    assert view.title == "还有 4 处需要修改，才能提交"
    assert [gap.href for gap in view.gaps] == ["#id_quantity", "#id_answer_0", "", "#m"]
    assert view.gaps[2].text == "第 4 行：申请数量须大于 0"


def test_nothing_wrong_shows_nothing():
    assert error_summary(Demand()) is None
    assert render("{% error_summary form %}", form=Demand({"quantity": "2", "answer": "a"})) == ""


def test_a_filter_line_can_be_cleared_only_when_something_is_asked_for():
    assert "清除筛选" in render("{% filter_line form %}", form=Demand({"note": "教育"}))
    assert "清除筛选" not in render("{% filter_line form %}", form=Demand({}))


# ── the whole ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def gallery(db: None, client: Client) -> str:
    response = client.get("/components")
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_of_components_holds_to_the_content_policy(gallery: str):
    assert " style=" not in gallery
    assert "<style" not in gallery
    assert not re.findall(r"<script(?![^>]*\bsrc=)", gallery)
    assert not re.findall(r"\son[a-z]+=", gallery)


def test_no_id_stands_twice_but_that_of_the_hatch(gallery: str):
    ids = re.findall(r'\sid="([^"]+)"', gallery)
    assert {name for name in ids if ids.count(name) > 1} <= {"yh-hatch"}


def test_outside_the_demonstration_there_is_no_page_of_components(client: Client, settings: object, db: None):
    settings.DEMO = False  # type: ignore[attr-defined]
    assert client.get("/components").status_code == 404


def test_every_class_of_our_own_carries_the_prefix():
    for sheet in (WEB / "static/yh/css").glob("*.css"):
        rules = re.sub(r"/\*.*?\*/|url\([^)]*\)", "", sheet.read_text("utf-8"), flags=re.S)
        names = set(re.findall(r"\.([a-zA-Z][\w-]*)", rules))
        assert {name for name in names if not name.startswith("yh-")} == set(), sheet.name


def test_every_class_in_a_template_has_its_rule():
    css = "".join(sheet.read_text("utf-8") for sheet in (WEB / "static/yh/css").glob("*.css"))
    ruled = set(re.findall(r"\.(yh-[\w-]+)", css))
    hooks = {"yh-rail", "yh-logo__cloud", "yh-logo__post", "yh-page", "yh-actions__what", "yh-task__what", "yh-task__when", "yh-record__who", "yh-diff-name"}  # fmt: skip
    for template in (WEB / "templates/components").glob("*.html"):
        classes = re.findall(r'class="([^"]*)"', re.sub(r"{%.*?%}|[\w-]*{{.*?}}", " ", template.read_text("utf-8")))
        used = {name for group in classes for name in group.split()}
        assert used - ruled - hooks == set(), template.name
