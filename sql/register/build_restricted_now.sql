-- Restricted persons under their present ids, if the register has them (R062).
CREATE TEMP TABLE restricted_now AS
SELECT DISTINCT p.person
FROM restricted AS r
LEFT JOIN previous.person_alias AS a ON a.former = r.person
JOIN previous.person AS p ON p.person = coalesce(a.person, r.person)
ANTI JOIN erased AS e ON e.person = p.person
