-- Postings of pairs of frequent words of one name.
CREATE TABLE r_pair AS
SELECT word, other, pid
FROM (
    SELECT DISTINCT one.word, two.word AS other, one.pid
    FROM r_token AS one
    INNER JOIN r_token AS two ON one.name_no = two.name_no AND one.word < two.word
    INNER JOIN r_word AS w1 ON one.word = w1.word
    INNER JOIN r_word AS w2 ON two.word = w2.word
    WHERE w1.df > $frequent AND w2.df > $frequent
) AS posting
QUALIFY count(*) OVER (PARTITION BY word, other) <= $frequent
ORDER BY word, other, pid
