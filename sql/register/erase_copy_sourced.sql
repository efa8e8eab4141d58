INSERT INTO sourced SELECT s.* FROM former_sourced AS s ANTI JOIN gone_position_all AS g ON g.position = s.position
