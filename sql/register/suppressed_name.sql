-- Name tokens, order-free as in the ban's keys, of every name a person goes or went by (R018).
CREATE OR REPLACE TEMP TABLE suppressed_name AS
SELECT DISTINCT person, name_tokens(name_fold) AS tokens
FROM (SELECT person, name_fold FROM person UNION ALL SELECT person, name_fold FROM person_name)
WHERE name_fold IS NOT NULL
