-- The lines as rows of FOCUS 1.2, and beside them the free days, which cost nothing and still have a price.


-- @step charge: every line, and the free days beside them with nothing to pay
SELECT f.*, l.fen, false AS free
FROM main.factored AS f
JOIN main.line AS l ON l.sid = f.sid AND l.from_day = f.from_day
UNION ALL
SELECT f.*, 0, true
FROM free.factored AS f


-- @step product_name: what the catalog says of a product, and what holds where it says nothing
SELECT p.sku,
       coalesce(nullif(c.name, ''), p.sku)                                       AS name,
       coalesce(c.service_category, 'Other')                                     AS category,
       coalesce(nullif(c.service_subcategory, ''), 'Other (' || category || ')') AS subcategory,
       coalesce(nullif(c.resource_type, ''), nullif(c.name, ''), p.sku)          AS resource_type
FROM (SELECT DISTINCT sku FROM prices) AS p
LEFT JOIN catalog AS c ON c.sku = p.sku


-- @step measure: each charge with its days, its service and its price, and how much of the price it takes, once rounded
SELECT c.sid, c.sku, c.per, c.rule, c.days, c.fen, c.free, c.proration, c.payer,
       s.service_id, s.unit_id, s.system_id, s.contract_id,
       DATE '1970-01-01' + CAST(c.from_day AS INTEGER)                           AS first_day,
       DATE '1970-01-01' + CAST(c.to_day AS INTEGER)                             AS end_day,
       CAST(date_trunc('month', first_day) AS DATE)                              AS month,
       contracts.provider,
       coalesce(nullif(p.unit, ''), 'Unit')                                      AS unit,
       CAST(DATE '1970-01-01' + p.valid_from AS VARCHAR)                         AS valid_from,
       CAST(c.quantity AS DECIMAL(25, 0)) * CAST(0.000001 AS DECIMAL(7, 6))      AS quantity,
       CAST(c.unit_price AS DECIMAL(15, 0)) * CAST(0.000001 AS DECIMAL(7, 6))    AS price,
       CAST(whole(2 * CAST(c.quantity AS HUGEINT) * 1000000 * c.times + c.parts, 2 * c.parts) AS DECIMAL(38, 0))
           * CAST(0.000000000001 AS DECIMAL(13, 12))                             AS pricing,
       CAST(c.fen AS DECIMAL(26, 0)) * CAST(0.01 AS DECIMAL(3, 2))               AS billed
FROM charge AS c
JOIN service AS s ON s.sid = c.sid
JOIN contracts ON contracts.contract_id = s.contract_id
JOIN prices AS p ON p.contract_id = s.contract_id AND p.sku = c.sku
                AND p.valid_from <= c.from_day AND p.valid_to > c.from_day


-- @step focus: the row, by subject; the file has the columns in the order of their names, our own last
SELECT
    -- whose bill it is
    CASE m.payer WHEN 'fund' THEN b.account_id ELSE m.unit_id END                AS BillingAccountId,
    CASE m.payer WHEN 'fund' THEN b.account_name ELSE m.unit_id END              AS BillingAccountName,
    CASE m.payer WHEN 'fund' THEN '统筹账户' ELSE '单位账户' END                 AS BillingAccountType,
    m.unit_id                                                                    AS SubAccountId,
    m.unit_id                                                                    AS SubAccountName,
    '用户单位'                                                                   AS SubAccountType,
    b.invoice                                                                    AS InvoiceId,
    m.provider                                                                   AS InvoiceIssuerName,
    m.provider                                                                   AS ProviderName,
    m.provider                                                                   AS PublisherName,
    -- when: local midnight in UTC
    utc(m.first_day)                                                             AS ChargePeriodStart,
    utc(m.end_day)                                                               AS ChargePeriodEnd,
    utc(m.month)                                                                 AS BillingPeriodStart,
    utc(m.month + INTERVAL 1 MONTH)                                              AS BillingPeriodEnd,
    -- what kind of charge
    CASE m.per WHEN 'once' THEN 'Purchase' ELSE 'Usage' END                      AS ChargeCategory,
    CAST(NULL AS VARCHAR)                                                        AS ChargeClass,
    CASE m.per WHEN 'once' THEN 'One-Time' WHEN 'use' THEN 'Usage-Based' ELSE 'Recurring' END AS ChargeFrequency,
    concat(n.name, ' ', short(m.quantity), m.unit, '，', m.first_day, '起', m.days, '天，',
           CASE WHEN m.rule = 'art7.2-trial' THEN '试用免费' WHEN m.free THEN '平台迁移期间免费'
                WHEN m.payer = 'fund' THEN '市级统筹' ELSE '单位自付' END)       AS ChargeDescription,
    -- how much, in units of the price, and in units of the thing
    'Standard'                                                                   AS PricingCategory,
    m.pricing                                                                     AS PricingQuantity,
    CASE m.per WHEN 'month' THEN m.unit || '-Months' WHEN 'year' THEN m.unit || '-Years'
               WHEN 'day' THEN m.unit || '-Days' ELSE m.unit END                 AS PricingUnit,
    CAST(CASE m.per WHEN 'use' THEN m.quantity WHEN 'once' THEN NULL ELSE m.quantity * m.days END AS DECIMAL(38, 6))
                                                                                 AS ConsumedQuantity,
    CASE m.per WHEN 'use' THEN m.unit WHEN 'once' THEN NULL ELSE m.unit || '-Days' END AS ConsumedUnit,
    -- money: the product is exact, the bill is rounded to the fen
    'CNY'                                                                        AS BillingCurrency,
    m.price                                                                      AS ListUnitPrice,
    CAST(m.pricing * m.price AS DECIMAL(38, 18))                                  AS ListCost,
    CASE WHEN m.free THEN 0 ELSE m.price END                                     AS ContractedUnitPrice,
    CASE WHEN m.free THEN 0 ELSE ListCost END                                    AS ContractedCost,
    m.billed                                                                     AS BilledCost,
    m.billed                                                                     AS EffectiveCost,
    -- of what
    n.name                                                                       AS ServiceName,
    n.category                                                                   AS ServiceCategory,
    n.subcategory                                                                AS ServiceSubcategory,
    m.service_id                                                                 AS ResourceId,
    CAST(NULL AS VARCHAR)                                                        AS ResourceName,
    n.resource_type                                                              AS ResourceType,
    m.sku                                                                        AS SkuId,
    CASE m.per WHEN 'use' THEN '用量' WHEN 'once' THEN '次数' ELSE '开通时长' END AS SkuMeter,
    segment(m.contract_id) || '/' || segment(m.sku) || '/' || m.valid_from       AS SkuPriceId,
    CAST(json_object('x_Per', m.per, 'x_Proration', m.proration) AS VARCHAR)     AS SkuPriceDetails,
    CAST(json_object('system', m.system_id, 'contract', m.contract_id) AS VARCHAR) AS Tags,
    -- what the regulation knows and FOCUS does not
    m.contract_id                                                                AS x_Contract,
    m.days                                                                       AS x_Days,
    m.end_day                                                                    AS x_EndDay,
    m.first_day                                                                  AS x_FirstDay,
    CASE WHEN m.free THEN 'none' ELSE m.payer END                                AS x_FundingMode,
    m.quantity                                                                   AS x_Quantity,
    m.rule                                                                       AS x_Rule,
    m.system_id                                                                  AS x_System
FROM measure AS m
JOIN product_name AS n ON n.sku = m.sku
CROSS JOIN bill AS b
