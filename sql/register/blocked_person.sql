-- Blocked persons of this job; NULL never enters (R024). A ban on an id that was merged into another holds for the other,
-- as the gate has it: else a cut would choose whom the gate takes out, for ever.
CREATE OR REPLACE TEMP TABLE blocked_person AS
WITH asked AS (SELECT DISTINCT unnest($ids::INTEGER[]) AS id)
SELECT id FROM asked
UNION
SELECT a.person FROM person_alias AS a SEMI JOIN asked ON asked.id = a.former
