-- Article 15 as one program over all services at once; the pure module law/ch3_funding/art15_* says the same of one.
--
-- Days are whole numbers (1970-01-01 = 0), every span is half-open [from_day, to_day). Quantities, prices and use are
-- whole millionths, amounts whole fen of $integer: no decimal point anywhere, and one rounding, in `line`.
-- $forever is a day after all days: what is absent never comes.


-- @step event: the days on which a condition of a service changes (specification of charging, 1)
SELECT sid,
       on_day,
       max(CASE WHEN kind = 'sku' THEN value END)        AS sku,
       max(CASE WHEN kind = 'quantity' THEN quantity END) AS quantity,
       max(CASE WHEN kind = 'lane' THEN value END)       AS lane,
       max(CASE WHEN kind = 'lane' THEN rule END)        AS rule,
       max(CASE WHEN kind = 'suspended' THEN value END)  AS suspended
FROM condition
GROUP BY sid, on_day


-- @step state: each service from the day it opens, one row for every day on which it becomes different
SELECT s.sid,
       s.opened_on                          AS from_day,
       coalesce(e.sku, s.sku)               AS sku,
       coalesce(e.quantity, s.quantity)     AS quantity,
       coalesce(e.lane, s.lane)             AS lane,
       coalesce(e.rule, '')                 AS rule,
       coalesce(e.suspended, 'false')       AS suspended
FROM service AS s
LEFT JOIN event AS e ON e.sid = s.sid AND e.on_day = s.opened_on
WHERE s.opened_on < $period_to AND s.closed_on > $period_from AND s.closed_on > s.opened_on
UNION ALL
SELECT e.sid, e.on_day, e.sku, e.quantity, e.lane, e.rule, e.suspended
FROM event AS e
JOIN service AS s ON s.sid = e.sid AND e.on_day > s.opened_on


-- @step known: what is not said anew goes on
SELECT sid,
       from_day,
       lead(from_day) OVER life                AS next_day,
       last_value(sku $ignore_nulls) OVER life       AS sku,
       last_value(quantity $ignore_nulls) OVER life  AS quantity,
       last_value(lane $ignore_nulls) OVER life      AS lane,
       last_value(rule $ignore_nulls) OVER life      AS rule,
       last_value(suspended $ignore_nulls) OVER life AS suspended
FROM state
WINDOW life AS (PARTITION BY sid ORDER BY from_day)


-- @step move: where a migration begins and ends the days that are paid (15.2)
--
--   platform   old node  ━━━━━━━━━━━━━━━━━┥ gone_on             both: the confirmed day
--              new node                   ┝ arrived_on ━━━━━━
--   unit       old node  ━━━━━━ day 1 ━━━━━━━━━━━━━━━ day 60 ┥ parallel_until, then the unit pays
SELECT sid,
       min(gone_on)        AS gone_on,
       max(arrived_on)     AS arrived_on,
       min(parallel_until) AS parallel_until
FROM (SELECT source AS sid, confirmed_on AS gone_on, NULL AS arrived_on, NULL AS parallel_until
      FROM migration WHERE cause = 'platform'
      UNION ALL
      SELECT target, NULL, confirmed_on, NULL
      FROM migration WHERE cause = 'platform'
      UNION ALL
      SELECT m.source, NULL, NULL, t.opened_on + $parallel_days
      FROM migration AS m JOIN service AS t ON t.sid = m.target
      WHERE m.cause = 'unit') AS ends
GROUP BY sid


-- @step span: the days of the period that somebody pays; free, suspended and doubly provided days are gone
SELECT s.sid,
       s.opened_on,
       s.contract_no,
       s.proration,
       s.trial,
       k.sku,
       k.quantity,
       k.lane,
       k.rule,
       greatest(k.from_day, $period_from, coalesce(m.arrived_on, 0),
                CASE WHEN s.trial THEN s.opened_on + $trial_days ELSE 0 END)    AS from_day,
       least(coalesce(k.next_day, s.closed_on), s.closed_on, $period_to,
             coalesce(m.gone_on, $forever))                                     AS to_day,
       CASE WHEN s.trial THEN $forever ELSE coalesce(m.parallel_until, $forever) END AS parallel_until
FROM known AS k
JOIN service AS s ON s.sid = k.sid
LEFT JOIN move AS m ON m.sid = k.sid
WHERE NOT (k.suspended = 'true' AND NOT s.charge_suspended)


-- @step paid: who pays, and by which rule (13, 15.1, 15.2, 24)
SELECT sid, opened_on, contract_no, proration, sku, quantity,
       from_day,
       least(to_day, parallel_until) AS to_day,
       CASE WHEN trial OR lane = 'own' THEN 'unit' ELSE 'fund' END AS payer,
       CASE WHEN trial THEN 'art7.2-extension'
            WHEN lane = 'covered' THEN 'art15.1'
            WHEN rule = '' THEN 'art13-uncovered'
            ELSE rule END AS rule
FROM span
WHERE from_day < to_day AND from_day < parallel_until
UNION ALL
SELECT sid, opened_on, contract_no, proration, sku, quantity,
       greatest(from_day, parallel_until),
       to_day,
       'unit',
       'art15.2-parallel'
FROM span
WHERE from_day < to_day AND parallel_until < to_day


-- @step priced: the price of each paid day
SELECT d.sid, d.opened_on, d.proration, d.sku, d.quantity, d.payer, d.rule,
       greatest(d.from_day, p.valid_from) AS from_day,
       least(d.to_day, p.valid_to)        AS to_day,
       p.per,
       p.unit_price,
       p.once_only
FROM paid AS d
JOIN price AS p ON p.contract_no = d.contract_no AND p.sku = d.sku
               AND p.valid_from < d.to_day AND p.valid_to > d.from_day


-- @step unpriced: the services of which a paid day has no price; a product bought once needs one on its first day alone
SELECT need.sid
FROM (SELECT d.sid,
             sum(CASE WHEN coalesce(o.once_only, false) THEN CASE WHEN d.from_day = d.opened_on THEN 1 ELSE 0 END
                      ELSE d.to_day - d.from_day END) AS days
      FROM paid AS d
      LEFT JOIN product AS o ON o.contract_no = d.contract_no AND o.sku = d.sku
      GROUP BY d.sid) AS need
LEFT JOIN (SELECT sid,
                  sum(CASE WHEN once_only THEN CASE WHEN from_day = opened_on THEN 1 ELSE 0 END
                           ELSE to_day - from_day END) AS days
           FROM priced
           GROUP BY sid) AS have ON have.sid = need.sid
WHERE need.days > coalesce(have.days, 0)


-- @step due: what is bought once is due on the first day; nothing of something is no line; own quantity is not use
SELECT sid, proration, sku, payer, rule, per, unit_price, from_day,
       CASE WHEN per = 'once' THEN from_day + 1 ELSE to_day END AS to_day,
       CASE WHEN per = 'use' THEN 0 ELSE quantity END           AS quantity
FROM priced
WHERE (per <> 'once' OR from_day = opened_on) AND (per = 'use' OR quantity > 0)


-- @step piece: neighbours that say the same are one
SELECT sid, proration, sku, payer, rule, per, unit_price, quantity, min(from_day) AS from_day, max(to_day) AS to_day
FROM (SELECT *, sum(CASE WHEN same THEN 0 ELSE 1 END) OVER (PARTITION BY sid ORDER BY from_day) AS run
      FROM (SELECT *, coalesce(lag(to_day) OVER life = from_day
                               AND lag(sku) OVER life = sku
                               AND lag(payer) OVER life = payer
                               AND lag(rule) OVER life = rule
                               AND lag(per) OVER life = per
                               AND lag(unit_price) OVER life = unit_price
                               AND lag(quantity) OVER life = quantity, false) AS same
            FROM due
            WINDOW life AS (PARTITION BY sid ORDER BY from_day)) AS compared) AS counted
GROUP BY sid, run, proration, sku, payer, rule, per, unit_price, quantity


-- @step slice: cut at every start of a month; a piece of a month is one line
SELECT p.sid, p.proration, p.sku, p.payer, p.rule, p.per, p.unit_price, p.quantity,
       m.month, m.month_days, m.year_days,
       greatest(p.from_day, m.first_day)                                AS from_day,
       least(p.to_day, m.next_day)                                      AS to_day,
       least(p.to_day, m.next_day) - greatest(p.from_day, m.first_day)  AS days
FROM piece AS p
JOIN month AS m ON m.first_day < p.to_day AND m.next_day > p.from_day


-- @step measured: a piece charged by use bears the use of its days
SELECT sid, proration, sku, payer, rule, per, unit_price, quantity, month_days, year_days, from_day, to_day, days
FROM slice
WHERE per <> 'use'
UNION ALL
SELECT l.sid, l.proration, l.sku, l.payer, l.rule, l.per, l.unit_price, sum(u.quantity),
       l.month_days, l.year_days, l.from_day, l.to_day, l.days
FROM slice AS l
JOIN used AS u ON u.sid = l.sid AND u.month = l.month AND u.on_day >= l.from_day AND u.on_day < l.to_day
WHERE l.per = 'use'
GROUP BY l.sid, l.proration, l.sku, l.payer, l.rule, l.per, l.unit_price, l.month_days, l.year_days,
         l.from_day, l.to_day, l.days
HAVING sum(u.quantity) > 0


-- @step factored: which part of its price the days of a piece cost: times / parts (specification of charging, 4)
SELECT *,
       CASE per WHEN 'month' THEN CASE WHEN proration IN ('annual_actual', 'annual_365') THEN 12 * days ELSE days END
                WHEN 'use' THEN 1
                WHEN 'once' THEN 1
                ELSE days END AS times,
       CASE WHEN per NOT IN ('month', 'year') THEN 1
            WHEN proration = 'annual_365' THEN 365
            WHEN proration = 'month_30' THEN CASE per WHEN 'month' THEN 30 ELSE 360 END
            WHEN proration = 'calendar_month' AND per = 'month' THEN month_days
            ELSE year_days END AS parts
FROM measured


-- @step line: quantity x price x times / parts, rounded half up to the fen, once
SELECT sid, sku, payer, rule, per, from_day, to_day, days, quantity, unit_price,
       whole(2 * CAST(quantity AS $integer) * unit_price * times + parts * CAST(10000000000 AS $integer),
             2 * parts * CAST(10000000000 AS $integer)) AS fen
FROM factored
