CREATE TEMP TABLE seat AS
SELECT r.rid, p.person, r.org, r.title, r.sid
FROM position_row AS r JOIN member AS m ON m.rid = r.rid JOIN person_of AS p ON p.label = m.label
