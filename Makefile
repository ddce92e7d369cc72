# One door. `make` alone tells what there is; the logic is in scripts/, written for Python's standard library.

PYTHON ?= python3
PORT ?= 8000
ARGS ?=
VENV := .venv/bin
export PORT

.DEFAULT_GOAL := help
.PHONY: help run demo setup test test-sqlite test-postgres check lock bench docs clean

help: ## 显示本说明 · what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## 备好一切并启动演示城市 http://127.0.0.1:8000（PORT=… 可改）· set up and serve
	@$(PYTHON) scripts/setup.py base && exec $(VENV)/python scripts/run.py

demo: ## 清空并重建演示城市的数据 · throw the demonstration city away and build it anew
	@$(PYTHON) scripts/setup.py base && exec $(VENV)/python scripts/run.py --fresh --no-serve

setup: ## 只安装开发环境 · the environment for developing
	@$(PYTHON) scripts/setup.py test && $(VENV)/python scripts/assets.py

test: setup ## 全部检查与测试（SQLite，再 PostgreSQL）· checks and the whole suite on both databases
	@exec $(VENV)/python scripts/check.py all

test-sqlite: setup ## 只在 SQLite 上运行测试（ARGS=tests/law 可限定）
	@exec $(VENV)/python scripts/check.py sqlite $(ARGS)

test-postgres: setup ## 只在 PostgreSQL 上运行测试
	@exec $(VENV)/python scripts/check.py postgres $(ARGS)

check: setup ## 静态检查：格式、类型、层次、迁移、生成的文档 · lint, types, layers, migrations, generated docs
	@exec $(VENV)/python scripts/check.py static

docs: setup ## 由法规代码重新生成文档 · regenerate what is generated from the law
	@YUNHENG_DEMO=1 $(VENV)/yunheng manage lawdocs

bench: setup ## 手动运行基准 · benchmarks, by hand
	@if [ -f benchmarks/__main__.py ]; then exec $(VENV)/python -m benchmarks $(ARGS); \
	else echo "还没有基准程序（benchmarks/）。There are no benchmarks yet."; exit 1; fi

lock: ## 由 pyproject.toml 与 package.json 重新锁定依赖（ARGS=--upgrade 可升级）
	@$(PYTHON) scripts/lock.py $(ARGS) && npm install --package-lock-only --ignore-scripts --no-audit --no-fund

clean: ## 删除环境与构建结果，保留数据 var/ · remove what set-up made, keep the data
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
