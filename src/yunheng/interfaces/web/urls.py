"""Addresses of the pages."""

from django.urls import URLPattern, path

from yunheng.interfaces.web.views.gallery import gallery

urlpatterns: list[URLPattern] = [
    path("components", gallery, name="components"),
]
