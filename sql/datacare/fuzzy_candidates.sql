-- Stage B: parties that share rare words, frequent words in the same town, or pairs of frequent words; the best few.
CREATE OR REPLACE TABLE fuzzy_candidate AS
WITH worth AS (
    SELECT mine.pid, mine.word, word.df, max(mine.near) * word.idf AS worth
    FROM c_word AS mine INNER JOIN r_word AS word ON mine.word = word.word
    GROUP BY mine.pid, mine.word, word.df, word.idf
),
rare AS (
    SELECT pid, word, worth FROM worth WHERE df <= $frequent
    QUALIFY row_number() OVER (PARTITION BY pid ORDER BY worth DESC, word) <= $rarest
),
found AS (
    SELECT rare.pid, token.pid AS rid, rare.word, rare.worth
    FROM rare INNER JOIN r_token AS token ON rare.word = token.word
    WHERE token.first
    UNION ALL
    SELECT often.pid, posting.pid, often.word, often.worth
    FROM worth AS often
    INNER JOIN c_address AS address ON often.pid = address.pid
    INNER JOIN r_city AS posting ON often.word = posting.word AND address.city = posting.city
    WHERE often.df > $frequent
    UNION ALL
    SELECT one.pid, posting.pid, one.word, one.worth + two.worth
    FROM worth AS one
    INNER JOIN worth AS two ON one.pid = two.pid AND one.word < two.word
    INNER JOIN r_pair AS posting ON one.word = posting.word AND two.word = posting.other
    WHERE one.df > $frequent AND two.df > $frequent
    UNION ALL
    SELECT mine.pid, theirs.pid AS rid, 0 AS word, 1.0 AS worth
    FROM c_address AS mine
    INNER JOIN open_row AS open ON mine.pid = open.pid
    INNER JOIN r_address AS theirs
        ON mine.street = theirs.street AND mine.number = theirs.number AND mine.city = theirs.city
    QUALIFY count(*) OVER (PARTITION BY mine.pid) <= $address
    UNION ALL
    SELECT mine.pid, theirs.pid AS rid, -1 AS word, 4.0 AS worth
    FROM c_party AS mine
    INNER JOIN open_row AS open ON mine.pid = open.pid
    INNER JOIN r_party AS theirs ON mine.birth = theirs.birth
    QUALIFY count(*) OVER (PARTITION BY mine.pid) <= $address
)
SELECT pid, rid
FROM (SELECT pid, rid, sum(CAST(worth AS DECIMAL(18, 9))) AS worth FROM found GROUP BY pid, rid) AS ranked
QUALIFY row_number() OVER (PARTITION BY pid ORDER BY worth DESC, rid) <= $candidates
