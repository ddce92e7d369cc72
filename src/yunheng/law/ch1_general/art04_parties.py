"""第四条: the parties and the roles that people hold in them."""

KINDS = (
    ("user_unit", "用户单位"),
    ("bureau", "市大数据局"),
    ("centre", "服务中心"),
    ("provider", "云服务商"),
    ("auditor", "第三方机构"),
    ("supervisor", "监督部门"),
    ("admin", "平台管理"),
)
ROLES = (
    ("handler", "经办人"),
    ("head", "负责人"),
    ("security", "安全员"),
    ("approver", "审批人"),
    ("acceptor", "受理人"),
    ("reviewer", "审核人"),
    ("verifier", "费用核查"),
    ("finance", "财务"),
    ("delivery", "交付"),
    ("monitor", "监测"),
    ("accountant", "核算"),
    ("inspector", "检查"),
    ("sysadmin", "系统管理员"),
    ("secadmin", "安全管理员"),
    ("auditadmin", "审计管理员"),
)
BUDGET_LEVELS = ((1, "一级预算单位"), (2, "二级预算单位"))
LEVELS = (("municipal", "市级"), ("district", "区级"))
