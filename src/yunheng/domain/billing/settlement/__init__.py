"""Article 16: a contract's year from the provider's statement to the payment.

statements  what the provider states: read from a workbook or CSV, issued once, never edited
comparing   the recomputation beside it: differences with reason and article, adjustment lines, the sealed package
steps       what each party does: confirm, query, answer, verify, commission, account, audit, settle, defer
queries     who may see what of it; two-way reconciliation; sums by unit and system
letters     对账单, 核查报告, 结算单, 自行结算清单
workbook    the eight sheets that finance and the accountant work with
"""
