-- From samples to points: what is not sent as such, but made of counters and of pairs.
-- ``once`` holds the samples of the day and of the gap before it, each once.
WITH once AS (
    {once} WHERE ms >= $since - $gap AND ms < $until AND metric NOT IN ({gauges}) {grouped}
),
steps AS (
    SELECT *, lag(ms) OVER series AS before, value - lag(value) OVER series AS rise, lag(origin) OVER series AS began
    FROM once WHERE metric IN ('cpu.seconds', 'network.total', 'disk.read.total', 'disk.write.total')
    WINDOW series AS (PARTITION BY resource, metric, part ORDER BY ms)
),
-- A counter that began anew, fell, or was not heard for long says nothing about the time between.
risen AS (
    SELECT resource, metric, part, ms, rise, (ms - before) / 1000.0 AS seconds
    FROM steps WHERE began = origin AND rise >= 0 AND ms - before <= $gap
),
found AS (
    SELECT resource, 'cpu.utilization' AS metric, ms,
           100 * (1 - sum(rise) FILTER (part LIKE '%/idle') / sum(rise)) AS value
    FROM risen WHERE metric = 'cpu.seconds' GROUP BY resource, ms
    HAVING sum(rise) > 0 AND count(*) FILTER (part LIKE '%/idle') > 0
    UNION ALL
    SELECT resource, CASE metric WHEN 'network.total' THEN 'network.bytes' WHEN 'disk.read.total' THEN 'disk.read'
                     ELSE 'disk.write' END, ms, sum(rise / seconds)
    FROM risen WHERE metric <> 'cpu.seconds' GROUP BY resource, metric, ms
    UNION ALL
    SELECT resource, 'memory.used', ms, 100 * (1 - min(value) FILTER (metric = 'memory.available')
                                                 / max(value) FILTER (metric = 'memory.total'))
    FROM once WHERE metric IN ('memory.total', 'memory.available') GROUP BY resource, ms
    HAVING max(value) FILTER (metric = 'memory.total') > 0 AND count(DISTINCT metric) = 2
    UNION ALL
    SELECT resource, 'filesystem.used', ms, max(used) FROM (
        SELECT resource, ms, 100 * (1 - sum(value) FILTER (state IN ('free', 'avail'))
               / coalesce(max(value) FILTER (state = 'size'), sum(value))) AS used
        FROM (SELECT resource, ms, value, regexp_replace(part, '/[^/]*$', '') AS mount,
                     regexp_extract(part, '[^/]*$') AS state
              FROM once WHERE metric = 'filesystem.bytes')
        GROUP BY resource, ms, mount
        HAVING count(*) FILTER (state IN ('free', 'avail')) > 0 AND count(*) > 1 AND sum(value) > 0
    ) GROUP BY resource, ms
)
SELECT resource, metric, ms, value FROM found WHERE ms >= $since
