-- Counts of the selected rows by eight dimensions in one pass; the caller names the codes and splits the masks.
SELECT
    grouping(kind, industry, form, staff_class, revenue_class, region, level, responsibility) AS dimension,
    coalesce(kind, industry, form, staff_class, revenue_class, region, level, responsibility) AS value,
    count(*) AS rows
FROM selection
GROUP BY GROUPING SETS (
    (kind), (industry), (form), (staff_class), (revenue_class), (region), (level), (responsibility)
)
