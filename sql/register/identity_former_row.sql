CREATE TEMP VIEW former_row AS
SELECT p.person, p.org, p.email, p.mobile, n.first, n.name
FROM former_position AS p JOIN former_name AS n ON n.person = p.person
