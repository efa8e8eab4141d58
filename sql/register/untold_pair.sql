-- Notices that turned out not to have reached anybody: a row whose date of notice is theirs was not told (R096).
CREATE OR REPLACE TEMP TABLE untold_pair AS
SELECT coalesce(a.person, v.person)::INTEGER AS person, v.told_on
FROM voided_notice AS v LEFT JOIN person_alias AS a ON a.former = v.person
