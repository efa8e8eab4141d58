-- Counts of the selected rows by eight dimensions in one pass; the caller names the codes and splits the masks.
SELECT
    grouping(kind, industry, form, staff_class, revenue_class, region, level, responsibility) AS dimension,
    coalesce(kind, industry, form, staff_class, revenue_class, region, level, responsibility) AS value,
    count(*) AS rows
FROM selection(
    $kinds::UTINYINT[], $industries::SMALLINT[], $forms::SMALLINT[], $staff_classes::UTINYINT[],
    $revenue_classes::UTINYINT[], $regions::UTINYINT[], $municipalities::SMALLINT[], $postcodes::INTEGER[],
    $workstations::INTEGER, $servers::INTEGER, $erps::SMALLINT[], $responsibilities::UINTEGER,
    $purchasings::UINTEGER, $levels::UTINYINT[], $titles::INTEGER[], $subject::UINTEGER,
    $needs_email::BOOLEAN, $needs_phone::BOOLEAN, $needs_post::BOOLEAN
)
GROUP BY GROUPING SETS (
    (kind), (industry), (form), (staff_class), (revenue_class), (region), (level), (responsibility)
)
