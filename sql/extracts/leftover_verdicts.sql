-- What is to become of each row found: it stays when its person responded to this recipient, or when the recipient may
-- hold that very row under something else that runs; the latest end is told. Everything else must go.
SELECT
    m.record,
    m.number,
    CASE
        WHEN bool_or(a.person IS NOT NULL) THEN 'activated'
        WHEN bool_or(l.own) THEN 'continuous'
        WHEN bool_or(l.unit IS NOT NULL) THEN 'licensed'
    END AS ground,
    max(l.until) AS until
FROM matches AS m
JOIN listed AS d ON d.number = m.number
LEFT JOIN activated AS a ON a.person = d.person
LEFT JOIN licensed AS l ON l.unit = d.unit
GROUP BY m.record, m.number
ORDER BY m.record, m.number
