INSERT INTO held
SELECT u.unit, f.position
FROM standing_position AS f
ANTI JOIN held AS h ON h.position = f.position
JOIN unit AS u ON u.person = f.person AND u.org = f.org AND u.title = f.title
