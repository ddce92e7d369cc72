"""Write docs/articles.md, docs/machines/ and docs/readings/ from the tables of the law, or say that they are old."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from yunheng.law.docs import all_pages

DOCS = Path("docs")
GENERATED_FOLDERS = ("machines", "readings")


class Command(BaseCommand):
    help = "由条文表生成 docs 中的 articles.md、machines、readings"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="只检查是否最新，不写")
        parser.add_argument("--into", type=Path, default=DOCS, help="文档目录，默认为当前目录下的 docs")

    def handle(self, *args: Any, **options: Any) -> None:
        into: Path = options["into"]
        pages = all_pages()
        stale = [name for name, text in pages.items() if not _same(into / name, text)]
        found = sorted(path for folder in GENERATED_FOLDERS for path in (into / folder).glob("*.md"))
        extra = [path for path in found if path.relative_to(into).as_posix() not in pages]
        if options["check"]:
            if stale or extra:
                names = "、".join([*stale, *(path.relative_to(into).as_posix() for path in extra)])
                raise CommandError(f"文档不是最新：{names}。运行 yunheng manage lawdocs 后再提交")
            self.stdout.write("文档是最新的")
            return
        for name in stale:
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            (into / name).write_text(pages[name], "utf-8")
        for path in extra:
            path.unlink()
        self.stdout.write(f"写了 {len(stale)} 页，删了 {len(extra)} 页，共 {len(pages)} 页")


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text
