INSERT INTO sourced BY NAME
SELECT p.position, p.title, p.email, p.mobile
FROM (FROM position_single UNION ALL BY NAME FROM position_merged) AS p
SEMI JOIN corrected AS c ON c.position = p.position
