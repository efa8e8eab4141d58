-- For each pair of parties how well any person of theirs agrees with the customer's.
CREATE OR REPLACE TABLE best_person AS
SELECT pair, max(level) AS level
FROM (
    SELECT candidate.pair, shared.level
    FROM candidate INNER JOIN shared_contact AS shared ON candidate.pair = shared.pair
    UNION ALL
    SELECT candidate.pair,
        CASE
            WHEN mine.given = theirs.given OR mine.class = theirs.class THEN 4
            WHEN left(mine.given, 1) = left(theirs.given, 1) THEN 3
            ELSE 2
        END
    FROM candidate
    INNER JOIN c_person AS mine ON candidate.pid = mine.pid
    INNER JOIN r_person AS theirs ON candidate.rid = theirs.pid AND mine.family = theirs.family
) AS compared
GROUP BY pair
