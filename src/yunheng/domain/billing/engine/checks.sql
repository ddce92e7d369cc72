-- What the rows of a package must fulfil together; every SELECT gives (row, reason). rowid counts from 0 after the
-- header, and the header is row 1. Fields that are malformed by themselves have been told before.


-- @check contracts
SELECT rowid + 2, '合同“' || contract_id || '”重复'
FROM contracts
QUALIFY row_number() OVER (PARTITION BY contract_id ORDER BY rowid) > 1

-- @check prices
SELECT rowid + 2, '合同“' || contract_id || '”不在contracts.csv中'
FROM prices ANTI JOIN contracts USING (contract_id)

-- @check prices
SELECT rowid + 2, 'valid_to应晚于valid_from'
FROM prices
WHERE valid_to <= valid_from

-- @check prices
SELECT row, '合同“' || contract_id || '”的“' || sku || '”与第' || other || '行的价格期间重叠'
FROM (SELECT rowid + 2 AS row, contract_id, sku, valid_from, valid_to,
             arg_max(rowid, valid_to) OVER earlier + 2 AS other,
             max(valid_to) OVER earlier AS until
      FROM prices WHERE valid_to > valid_from
      WINDOW earlier AS (PARTITION BY contract_id, sku ORDER BY valid_from, rowid
                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
WHERE valid_from < until

-- @check services
SELECT rowid + 2, '服务“' || service_id || '”重复'
FROM services
QUALIFY row_number() OVER (PARTITION BY service_id ORDER BY rowid) > 1

-- @check services
SELECT rowid + 2, '合同“' || contract_id || '”不在contracts.csv中'
FROM services ANTI JOIN contracts USING (contract_id)

-- @check services
SELECT rowid + 2, 'closed_on早于opened_on'
FROM services
WHERE closed_on < opened_on

-- @check conditions
SELECT rowid + 2, '服务“' || service_id || '”不在services.csv中'
FROM conditions ANTI JOIN services USING (service_id)

-- @check conditions
SELECT c.rowid + 2, '不在服务“' || service_id || '”的期间内'
FROM conditions AS c JOIN services AS s USING (service_id)
WHERE c."on" < s.opened_on OR c."on" >= s.closed_on

-- @check conditions
SELECT rowid + 2, CASE kind WHEN 'quantity' THEN 'value“' || value || '”不是合格的数：只用数字和小数点，小数点前至多9位、后至多6位，不带正负号'
                            WHEN 'lane' THEN 'value“' || value || '”：保障方式只能是covered、own'
                            ELSE 'value“' || value || '”：暂停只能是true、false' END
FROM conditions
WHERE (kind = 'quantity' AND quantity IS NULL)
   OR (kind = 'lane' AND value NOT IN ('covered', 'own'))
   OR (kind = 'suspended' AND value NOT IN ('true', 'false'))

-- @check conditions
SELECT row, '服务“' || service_id || '”同一日已有不同的' || kind || '条件（第' || first_row || '行）'
FROM (SELECT rowid + 2 AS row, service_id, kind,
             first_value(rowid) OVER day + 2 AS first_row,
             CASE kind WHEN 'quantity' THEN CAST(quantity AS VARCHAR)
                       WHEN 'lane' THEN value || ' ' || rule ELSE value END AS said,
             first_value(said) OVER day AS first_said
      FROM conditions
      WINDOW day AS (PARTITION BY service_id, kind, "on" ORDER BY rowid))
WHERE said <> first_said

-- @check migrations
SELECT rowid + 2, '源服务“' || source || '”不在services.csv中'
FROM migrations ANTI JOIN services ON service_id = source

-- @check migrations
SELECT rowid + 2, '目标服务“' || target || '”不在services.csv中'
FROM migrations ANTI JOIN services ON service_id = target

-- @check migrations
SELECT rowid + 2, '源服务与目标服务相同'
FROM migrations
WHERE source = target

-- @check migrations
SELECT rowid + 2, '“' || source || '”到“' || target || '”的迁移重复'
FROM migrations
QUALIFY row_number() OVER (PARTITION BY source, target ORDER BY rowid) > 1

-- @check usage
SELECT rowid + 2, '服务“' || service_id || '”不在services.csv中'
FROM usage ANTI JOIN services USING (service_id)

-- @check usage
SELECT u.rowid + 2, '不在服务“' || service_id || '”的期间内'
FROM usage AS u JOIN services AS s USING (service_id)
WHERE u."on" < s.opened_on OR u."on" >= s.closed_on

-- @check usage
SELECT row, '服务“' || service_id || '”的用量累计过大，超出128位整数能精确计算的范围'
FROM (SELECT max(rowid) + 2 AS row, service_id, sum(quantity) AS total FROM usage GROUP BY service_id)
WHERE total >= CAST('10000000000000000000000' AS HUGEINT)
