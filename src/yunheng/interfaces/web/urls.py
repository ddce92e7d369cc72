"""Addresses of the pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.urls import path

from yunheng.interfaces.web.views import (
    articles,
    bill,
    calendar,
    cases,
    contracts,
    desk,
    draft,
    gallery,
    login,
    notices,
    obligations,
    preview,
    procedures,
    search,
    settlement,
    settlements,
    steps,
    systems,
    tokens,
    undertaking,
)

urlpatterns = [
    path("", desk.desk, name="desk"),
    path("login/", login.Login.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="login"), name="logout"),
    path("cases", cases.case_list, name="cases"),
    path("search", search.search, name="search"),
    path("cases/new", draft.new, name="new"),
    path("cases/new/<str:kind>", procedures.begin, name="begin"),
    path("cases/<str:number>", cases.case_page, name="case"),
    path("cases/<str:number>/edit", draft.draft, name="draft"),
    path("cases/<str:number>/lines.xlsx", draft.export_lines, name="lines_export"),
    path("cases/<str:number>/papers/<int:paper>", draft.attachment, name="attachment"),
    path("cases/<str:number>/letters/<int:pk>.<str:form>", draft.letter, name="letter"),
    path("cases/<str:number>/edits/<str:name>", procedures.edit, name="edit"),
    path("cases/<str:number>/steps/<str:name>", steps.step, name="step"),
    path("obligations", obligations.obligations, name="obligations"),
    path("notices", notices.notices, name="notices"),
    path("notices/<int:pk>", notices.notice, name="notice"),
    path("bill", bill.bill, name="bill"),
    path("services", bill.services, name="services"),
    path("services/<str:number>/why", bill.why, name="why"),
    path("services/<str:number>/preview", preview.preview_page, name="preview"),
    path("settlements", settlements.settlements, name="settlements"),
    path("settlements/new", settlements.issue_statement, name="settlement_new"),
    path("settlements/payments", settlements.payments, name="payments"),
    path("settlements/template.xlsx", settlements.template, name="statement_template"),
    path("settlements/<str:number>", settlement.page_of, name="settlement"),
    path("settlements/<str:number>/lines", settlement.lines, name="settlement_lines"),
    path("settlements/<str:number>/settlement.xlsx", settlement.workbook, name="settlement_book"),
    path("settlements/<str:number>/package.zip", settlement.package, name="settlement_package"),
    path("systems", systems.systems, name="systems"),
    path("systems/new", systems.register, name="system_new"),
    path("systems/<str:code>", systems.system, name="system"),
    path("systems/<str:code>/edit", systems.amend, name="system_amend"),
    path("contracts", contracts.contracts, name="contracts"),
    path("contracts/new", contracts.register, name="contract_new"),
    path("contracts/<str:number>", contracts.contract, name="contract"),
    path("contracts/<str:number>/prices.xlsx", contracts.prices_export, name="prices_export"),
    path("undertaking", undertaking.undertaking, name="undertaking"),
    path("tokens", tokens.tokens, name="tokens"),
    path("calendar", calendar.calendar, name="calendar"),
    path("articles", articles.contents, name="articles"),
    path("articles/<int:number>", articles.article, name="article"),
    path("readings/<str:number>", articles.reading, name="reading"),
]
if settings.DEMO or settings.DEBUG:
    urlpatterns.append(path("components", gallery.gallery, name="components"))
