-- For each pair of parties the pair of names that agree best, and how well.
CREATE OR REPLACE TABLE best_name AS
WITH compared AS (
    SELECT candidate.pair, theirs.former, theirs.name_no, theirs.lone, mine.key = theirs.key AS same,
        CASE
            WHEN mine.form = theirs.form THEN 2
            WHEN mine.form IS NULL OR theirs.form IS NULL THEN 1
            ELSE 0
        END AS form_alike,
        coalesce(overlap.worth, 0) AS worth,
        coalesce(overlap.worth, 0) / mine.weight AS mine_covered,
        coalesce(overlap.worth, 0) / theirs.weight AS theirs_covered,
        2 * coalesce(overlap.worth, 0) / (mine.weight + theirs.weight) AS covered,
        jaro_winkler_similarity(mine.key, theirs.key) AS alike
    FROM candidate
    INNER JOIN c_name AS mine ON candidate.pid = mine.pid
    INNER JOIN r_name AS theirs ON candidate.rid = theirs.pid
    LEFT JOIN overlap ON mine.name_no * 4294967296 + theirs.name_no = overlap.names
),
judged AS (
    SELECT *,
        CASE
            WHEN same AND form_alike = 2 THEN 8
            WHEN same AND form_alike = 1 THEN 7
            WHEN same THEN 6
            WHEN covered >= .92 OR alike >= .97 THEN 5
            WHEN covered >= .75 OR alike >= .93 THEN 4
            WHEN covered >= .55 OR alike >= .88 THEN 3
            WHEN covered >= .35 OR alike >= .80 THEN 2
            ELSE 1
        END AS level
    FROM compared
),
several AS (
    SELECT pair, former, level, worth, mine_covered, theirs_covered, alike
    FROM judged
    WHERE NOT lone
    QUALIFY row_number() OVER (PARTITION BY pair ORDER BY level DESC, covered + alike DESC, former, name_no) = 1
)
SELECT pair, former, level, worth, mine_covered, theirs_covered, alike FROM judged WHERE lone
UNION ALL
SELECT pair, former, level, worth, mine_covered, theirs_covered, alike FROM several
