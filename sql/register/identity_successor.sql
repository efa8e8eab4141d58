-- Former person to the one who continues him or her; the ids differ where two were merged.
CREATE TEMP TABLE successor AS
SELECT c.person AS former, p.person FROM claim AS c JOIN person_of AS p ON p.label = c.label
