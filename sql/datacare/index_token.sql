-- Which words stand in which name; of the names of a party that have the word, which is the first.
CREATE TABLE r_token AS
SELECT pid, name_no, word, row_number() OVER (PARTITION BY word, pid ORDER BY name_no) = 1 AS first
FROM (
    SELECT DISTINCT token.pid, token.name_no, word.word
    FROM r_token_text AS token INNER JOIN r_word AS word ON token.text = word.text
) AS posting
ORDER BY word, pid, name_no
