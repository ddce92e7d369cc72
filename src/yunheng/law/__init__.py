"""The regulation as code: pure, standard library only.

Chapters are folders, articles are files: 第十五条 is ``ch3_funding/art15_charging.py``. Figures live in
``parameters/``, one line per paragraph in ``articles.toml``, and the words that both are written in, in ``kernel/``.
"""
