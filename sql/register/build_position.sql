-- The name belongs to the person: where several rows speak of one, its load is that of the row that won.
INSERT INTO position BY NAME
SELECT
    p.* EXCLUDE (responsibilities, purchasing, level, name_load, name_date),
    coalesce(p.responsibilities, []) AS responsibilities, coalesce(p.purchasing, []) AS purchasing,
    p.level::UTINYINT AS level,
    coalesce(n.load, p.name_load) AS name_load,
    CASE WHEN n.load IS NULL THEN p.name_date ELSE n.source_date END AS name_date,
    coalesce(f.nonce, uuid()) AS nonce
FROM (FROM position_single UNION ALL BY NAME FROM position_merged) AS p
LEFT JOIN (FROM person_row WHERE load IS NOT NULL) AS n ON n.person = p.person
LEFT JOIN previous.position AS f ON f.position = p.position
