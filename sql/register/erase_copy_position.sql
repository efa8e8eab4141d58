INSERT INTO position SELECT p.* FROM previous.position AS p ANTI JOIN gone_position_all AS g ON g.position = p.position
