-- A source that has caught up with a correction: the same name and the corrected e-mail or mobile.
INSERT INTO kept
SELECT DISTINCT r.rid, p.person
FROM previous.position AS p
SEMI JOIN former_sourced AS s ON s.position = p.position
JOIN former_name AS n ON n.person = p.person
JOIN new_row AS r ON r.name = n.name AND (r.email = hash(p.email) OR r.mobile = try_cast(substr(p.mobile, 2) AS BIGINT))
ANTI JOIN erased AS e ON e.person = p.person
