-- For each pair of parties how well their nearest addresses agree.
CREATE OR REPLACE TABLE best_address AS
SELECT pair, max(level) AS level
FROM (
    SELECT candidate.pair,
        CASE
            WHEN mine.street IS NULL OR theirs.street IS NULL THEN
                CASE
                    WHEN mine.postcode = theirs.postcode THEN 3
                    WHEN mine.city = theirs.city THEN 2
                    WHEN mine.city IS NULL AND mine.postcode IS NULL THEN 0
                    WHEN theirs.city IS NULL AND theirs.postcode IS NULL THEN 0
                    ELSE 1
                END
            WHEN (mine.street = theirs.street OR jaro_winkler_similarity(mine.street, theirs.street) >= .93)
                AND (mine.city = theirs.city OR mine.postcode = theirs.postcode)
                THEN CASE WHEN mine.number = theirs.number THEN 6 ELSE 4 END
            WHEN mine.number = theirs.number
                AND (mine.street = theirs.street OR jaro_winkler_similarity(mine.street, theirs.street) >= .93) THEN 5
            WHEN mine.postcode = theirs.postcode THEN 3
            WHEN mine.city = theirs.city THEN 2
            ELSE 1
        END AS level
    FROM candidate
    INNER JOIN c_address AS mine ON candidate.pid = mine.pid
    INNER JOIN r_address AS theirs ON candidate.rid = theirs.pid
) AS compared
GROUP BY pair
