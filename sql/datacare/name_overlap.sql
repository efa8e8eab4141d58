-- What the words that two names share are worth; summed as decimals, for sums of floats depend on their order.
CREATE OR REPLACE TABLE overlap AS
SELECT names, CAST(sum(CAST(worth AS DECIMAL(18, 9))) AS DOUBLE) AS worth
FROM (
    SELECT mine.name_no * 4294967296 + theirs.name_no AS names, mine.text, max(mine.worth) AS worth
    FROM candidate
    INNER JOIN c_word AS mine ON candidate.pid = mine.pid
    INNER JOIN r_token AS theirs ON candidate.rid = theirs.pid AND mine.word = theirs.word
    GROUP BY mine.name_no * 4294967296 + theirs.name_no, mine.text
) AS shared
GROUP BY names
