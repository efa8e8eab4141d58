-- Rows that the same source already gave under this id and first name; a changed surname does not matter.
CREATE TEMP TABLE kept AS
SELECT DISTINCT r.rid, p.person
FROM position_row AS r
JOIN former_position AS p ON p.sid = r.sid
JOIN former_name AS n ON n.person = p.person AND n.first = r.first
