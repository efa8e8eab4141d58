-- Postings of frequent words by town: alone such a word says too little to look everybody up.
CREATE TABLE r_city AS
SELECT word, city, pid
FROM (
    SELECT DISTINCT token.word, address.city, token.pid
    FROM r_token AS token
    INNER JOIN r_word AS word ON token.word = word.word
    INNER JOIN r_address AS address ON token.pid = address.pid
    WHERE word.df > $frequent AND address.city IS NOT NULL
) AS posting
QUALIFY count(*) OVER (PARTITION BY word, city) <= $frequent
ORDER BY word, city, pid
