-- The days that are given free (7.2, 15.2). The steps of program.sql from `priced` to `factored` then run once more over
-- them, in a schema of their own: they say what those days would have cost.


-- @step live: the days of the period on which a service runs, with the ends of what is free (7.2, 15.2)
SELECT s.sid, s.opened_on, s.contract_no, s.proration, k.sku, k.quantity,
       CASE WHEN s.trial OR k.lane = 'own' THEN 'unit' ELSE 'fund' END           AS payer,
       greatest(k.from_day, $period_from)                                        AS from_day,
       least(coalesce(k.next_day, s.closed_on), s.closed_on, $period_to)         AS to_day,
       CASE WHEN s.trial THEN s.opened_on + $trial_days ELSE 0 END               AS trial_until,
       coalesce(m.arrived_on, 0)                                                 AS arrived_on,
       coalesce(m.gone_on, $forever)                                             AS gone_on
FROM known AS k
JOIN service AS s ON s.sid = k.sid
LEFT JOIN move AS m ON m.sid = k.sid
WHERE NOT (k.suspended = 'true' AND NOT s.charge_suspended)


-- @step paid: free days in the place of paid ones, so that the steps that follow price them
SELECT sid, opened_on, contract_no, proration, sku, quantity, payer, from_day, to_day, rule
FROM (SELECT * EXCLUDE (to_day), least(to_day, trial_until) AS to_day, 'art7.2-trial' AS rule
      FROM live
      UNION ALL BY NAME
      SELECT * EXCLUDE (from_day, to_day), greatest(from_day, trial_until) AS from_day,
             least(to_day, arrived_on) AS to_day, 'art15.2-platform' AS rule
      FROM live
      UNION ALL BY NAME
      SELECT * EXCLUDE (from_day), greatest(from_day, trial_until, arrived_on, gone_on) AS from_day,
             'art15.2-platform' AS rule
      FROM live)
WHERE from_day < to_day
