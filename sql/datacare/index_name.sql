-- Names with the worth of all their words together, and whether their party has no other.
CREATE TABLE r_name AS
SELECT name.pid, name.name_no, name.former, name.key, name.form, weight.weight, counted.names = 1 AS lone
FROM r_name_text AS name
INNER JOIN (
    SELECT token.name_no, CAST(sum(CAST(word.idf AS DECIMAL(18, 9))) AS DOUBLE) AS weight
    FROM r_token AS token INNER JOIN r_word AS word ON token.word = word.word
    GROUP BY token.name_no
) AS weight ON name.name_no = weight.name_no
INNER JOIN (SELECT pid, count(*) AS names FROM r_name_text GROUP BY pid) AS counted ON name.pid = counted.pid
ORDER BY name.pid, name.name_no
