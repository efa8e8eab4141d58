-- A group that continues nobody takes over a former person nobody continues, by first name and mobile: a changed
-- surname. One taken already (a number that went to a colleague) is left alone.
INSERT INTO claim
SELECT min(m.label), f.person
FROM new_row AS r
JOIN member AS m ON m.rid = r.rid
JOIN former_row AS f ON f.first = r.first AND f.mobile = r.mobile
ANTI JOIN claim AS c ON c.label = m.label
ANTI JOIN claim AS d ON d.person = f.person
ANTI JOIN shared_number AS s ON s.first = r.first AND s.mobile = r.mobile
GROUP BY f.person
