-- Former names gather: what the sources say, what the previous snapshot said, and its name if that has changed (R018).
INSERT INTO organisation BY NAME
SELECT
    o.* EXCLUDE (kind, parallel_names, auxiliary_names, former_names, staff_class, revenue_class),
    k.number AS kind,
    coalesce(o.parallel_names, []) AS parallel_names,
    coalesce(o.auxiliary_names, []) AS auxiliary_names,
    list_sort(list_distinct(list_filter(
        list_concat(coalesce(o.former_names, []), coalesce(f.names, [])),
        lambda former: former IS NOT NULL AND former <> o.name
    ))) AS former_names,
    o.staff_class::UTINYINT AS staff_class, o.revenue_class::UTINYINT AS revenue_class,
    r.region, d.fold AS name_fold, coalesce(p.nonce, uuid()) AS nonce
FROM (FROM organisation_single UNION ALL BY NAME FROM organisation_merged) AS o
LEFT JOIN kind AS k ON k.kind = o.kind
LEFT JOIN region_of AS r ON r.municipality = o.municipality
LEFT JOIN organisation_former AS f ON f.org = o.org
LEFT JOIN organisation_fold AS d ON d.org = o.org
LEFT JOIN (SELECT org, nonce FROM previous.organisation) AS p ON p.org = o.org
