-- What must hold of the lines before anybody stores them (specification of charging, 6). Every SELECT gives the services
-- of which it does not: (service_id, what is wrong). Nothing is stored of a statement with a single row here.


-- @check overlap: no two lines of a service share a day
SELECT DISTINCT s.service_id, '同一天计了两次'
FROM (SELECT sid, from_day, max(to_day) OVER (PARTITION BY sid ORDER BY from_day, to_day
                                             ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS until
      FROM line) AS l
JOIN service AS s USING (sid)
WHERE l.from_day < l.until

-- @check complete: every line has days, a price, a payer and a rule, and lies in one month
SELECT DISTINCT s.service_id, '计费行不完整'
FROM line AS l
JOIN service AS s USING (sid)
WHERE l.days <> l.to_day - l.from_day OR l.days < 1 OR l.payer IS NULL OR l.payer NOT IN ('fund', 'unit')
   OR coalesce(l.rule, '') = '' OR l.unit_price IS NULL OR l.quantity IS NULL OR l.fen IS NULL OR l.fen < 0
   OR NOT EXISTS (SELECT 1 FROM month AS m WHERE m.first_day <= l.from_day AND m.next_day >= l.to_day)

-- @check covered: every day that the fund pays for something, at a price by time, is on exactly one line
SELECT s.service_id, '统筹资金承担的' || due.days || '天中，计费行有' || coalesce(found.days, 0) || '天'
FROM (SELECT sid, sum(to_day - from_day) AS days
      FROM priced
      WHERE payer = 'fund' AND quantity > 0 AND per IN ('month', 'year', 'day')
      GROUP BY sid) AS due
LEFT JOIN (SELECT sid, sum(days) AS days
           FROM line
           WHERE payer = 'fund' AND per IN ('month', 'year', 'day')
           GROUP BY sid) AS found ON found.sid = due.sid
JOIN service AS s ON s.sid = due.sid
WHERE due.days <> coalesce(found.days, 0)
