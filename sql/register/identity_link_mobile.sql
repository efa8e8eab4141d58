INSERT INTO link
SELECT r.rid, n.head
FROM position_row AS r
JOIN number AS n ON n.first = r.first AND n.mobile = r.mobile
ANTI JOIN shared_number AS s ON s.first = r.first AND s.mobile = r.mobile
WHERE r.rid <> n.head
