"""Two doors: pages for people, and the interface for machines under /api/."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("api/", include("yunheng.interfaces.api.urls")),
    path("", include("yunheng.interfaces.web.urls")),
]
