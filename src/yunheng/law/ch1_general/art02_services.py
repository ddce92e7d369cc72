"""Article 2: what a government cloud service is; the five groups of the catalogue."""

CATEGORIES = (
    ("compute", "计算"),
    ("storage", "存储"),
    ("database", "数据库"),
    ("network", "网络"),
    ("support", "配套"),
)
