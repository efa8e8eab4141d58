INSERT INTO sourced BY NAME
SELECT s.* FROM former_sourced AS s JOIN position AS p ON p.position = s.position SEMI JOIN frozen AS f ON f.person = p.person
