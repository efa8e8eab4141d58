INSERT INTO selectable
SELECT s.* FROM previous.selectable AS s ANTI JOIN gone_position_all AS g ON g.position = s.position ORDER BY s.org, s.position
