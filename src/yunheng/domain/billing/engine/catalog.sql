-- What the rows of catalog.csv must fulfil together, written like checks.sql.


-- @check catalog
SELECT rowid + 2, '产品“' || sku || '”重复'
FROM catalog
QUALIFY row_number() OVER (PARTITION BY sku ORDER BY rowid) > 1

-- @check catalog
SELECT rowid + 2, 'service_subcategory“' || service_subcategory || '”不属于“' || service_category || '”；可以留空'
FROM catalog ANTI JOIN subcategory USING (service_category, service_subcategory)
WHERE service_subcategory <> ''

-- @check catalog: FOCUS allows a service one category; a product that the catalog leaves out is "Other"
SELECT max(row), '名称“' || name || '”分属不同的类别；同名的产品应填写相同的类别'
FROM (SELECT rowid + 2 AS row, coalesce(nullif(name, ''), sku) AS name, service_category,
             coalesce(nullif(service_subcategory, ''), 'Other (' || service_category || ')') AS service_subcategory
      FROM catalog
      UNION ALL
      SELECT NULL, sku, 'Other', 'Other (Other)' FROM (SELECT DISTINCT sku FROM prices) ANTI JOIN catalog USING (sku))
GROUP BY name
HAVING count(DISTINCT service_category || '/' || service_subcategory) > 1
