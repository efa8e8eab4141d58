INSERT INTO kept
SELECT DISTINCT r.rid, f.person FROM new_row AS r JOIN former_row AS f ON f.name = r.name AND f.email = r.email
