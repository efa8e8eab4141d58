-- When the ledger says that a person was told; what was sent to a merged-away id was sent to the one person (R096).
CREATE TEMP TABLE notice_state AS
SELECT coalesce(a.person, g.person)::INTEGER AS person, min(g.told_on) AS told_on
FROM notice_told AS g LEFT JOIN person_alias AS a ON a.former = g.person
GROUP BY ALL
