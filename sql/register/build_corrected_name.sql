-- The newest correction of each person's name, under the person's present id.
CREATE TEMP TABLE corrected_name AS
SELECT coalesce(a.person, c.person)::INTEGER AS person, c.first_name, c.last_name, c.name_fold
FROM correction_name AS c LEFT JOIN person_alias AS a ON a.former = c.person
QUALIFY row_number() OVER (PARTITION BY coalesce(a.person, c.person) ORDER BY c.ordinal DESC) = 1
