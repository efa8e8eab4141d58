-- One round of label propagation: the smallest label among a row and its neighbours.
CREATE OR REPLACE TEMP TABLE reach AS
SELECT rid, min(label) AS label
FROM (
    FROM component
    UNION ALL SELECT l.one, c.label FROM link AS l JOIN component AS c ON c.rid = l.other
    UNION ALL SELECT l.other, c.label FROM link AS l JOIN component AS c ON c.rid = l.one
)
GROUP BY rid
