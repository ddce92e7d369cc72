"""The links to the page before and after, with the filters kept."""

from __future__ import annotations

from typing import Any

from yunheng.interfaces.web.components.parts import Pages


def pages_of(query: Any, shown: Any, name: str = "page") -> Pages:
    """``query`` is a copy of the request's; ``shown`` a page of Django's paginator; ``name`` of two lists which one."""

    def href(number: int) -> str:
        query[name] = number
        return f"?{query.urlencode()}"

    return Pages(
        href(shown.previous_page_number()) if shown.has_previous() else "",
        href(shown.next_page_number()) if shown.has_next() else "",
        f"第 {shown.number} 页，共 {shown.paginator.num_pages} 页",
    )
