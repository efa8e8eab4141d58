-- Rows to fit the weights on. A valid identifier labels its row: found in the register, or in none of it. Of an
-- identifier without a check digit only the finding says something, and of a row that a person decided nothing does.
CREATE OR REPLACE TABLE sampled AS
SELECT c.pid, bool_or((c.valid OR r.pid IS NOT NULL) AND settled.pid IS NULL) AS labelled, min(r.pid) AS rid
FROM c_party AS c
LEFT JOIN r_party AS r ON c.identifier = r.identifier
LEFT JOIN settled ON c.pid = settled.pid
GROUP BY c.pid
ORDER BY
    CASE WHEN bool_or((c.valid OR r.pid IS NOT NULL) AND settled.pid IS NULL) THEN 0 ELSE 1 END,
    c.pid * 2654435761 % 4294967296
LIMIT $rows
