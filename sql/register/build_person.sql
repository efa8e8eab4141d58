-- A corrected name stands over the sources' (R060).
INSERT INTO person BY NAME
SELECT
    r.person,
    CASE WHEN c.person IS NULL THEN i.first_name ELSE c.first_name END AS first_name,
    CASE WHEN c.person IS NULL THEN i.last_name ELSE c.last_name END AS last_name,
    CASE WHEN c.person IS NULL THEN i.name_fold ELSE c.name_fold END AS name_fold,
    coalesce(f.nonce, uuid()) AS nonce
FROM position_input AS i
JOIN person_row AS r ON r.rid = i.rid
LEFT JOIN previous.person AS f ON f.person = r.person
LEFT JOIN corrected_name AS c ON c.person = r.person
