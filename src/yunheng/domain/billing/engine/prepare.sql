-- From the files of a package to the tables of the program: services get numbers in the order of their names, and
-- every other table refers to them by number.


-- @step service: sid in the order of code points
SELECT row_number() OVER (ORDER BY s.service_id) AS sid,
       s.service_id, s.unit_id, s.system_id, s.contract_id,
       c.contract_no, s.sku, s.quantity, s.lane, s.opened_on, s.closed_on,
       s.trial = 'true' AS trial,
       c.proration,
       c.charge_suspended = 'true' AS charge_suspended
FROM services AS s
JOIN (SELECT *, rowid AS contract_no FROM contracts) AS c USING (contract_id)

-- @step condition: of two that say the same one counts
SELECT DISTINCT s.sid, c."on" AS on_day, c.kind, c.value, c.quantity, CASE WHEN c.kind = 'lane' THEN c.rule END AS rule
FROM conditions AS c
JOIN service AS s USING (service_id)

-- @step migration
SELECT a.sid AS source, b.sid AS target, m.cause, m.confirmed_on
FROM migrations AS m
JOIN service AS a ON a.service_id = m.source
JOIN service AS b ON b.service_id = m.target

-- @step product: whether all prices of a product are for buying it once
SELECT c.rowid AS contract_no, p.sku, bool_and(p.per = 'once') AS once_only
FROM prices AS p
JOIN contracts AS c USING (contract_id)
GROUP BY c.rowid, p.sku

-- @step price
SELECT c.rowid AS contract_no, p.sku, p.per, p.unit_price, p.valid_from, p.valid_to, o.once_only
FROM prices AS p
JOIN contracts AS c USING (contract_id)
JOIN product AS o ON o.contract_no = c.rowid AND o.sku = p.sku

-- @step used: several records of one day add up
SELECT s.sid, u."on" AS on_day, year(d) * 12 + month(d) AS month, CAST(sum(u.quantity) AS HUGEINT) AS quantity
FROM (SELECT *, DATE '1970-01-01' + "on" AS d FROM usage) AS u
JOIN service AS s USING (service_id)
GROUP BY s.sid, u."on", u.d
