-- Persons of the likely parties, and how each agrees with the customer's person. A name is read in every order.
CREATE OR REPLACE TABLE person_feature AS
WITH likely AS (
    SELECT pid, rid, p FROM posterior WHERE p >= $likely
),
pair AS (
    SELECT likely.pid, likely.rid, likely.p, theirs.person,
        mine.email AS my_email, mine.mobile AS my_mobile, mine.title AS my_title,
        theirs.email, theirs.mobile, theirs.title,
        greatest(
            jaro_winkler_similarity(
                coalesce(mine.whole_text, concat(mine.last_text, mine.first_text)),
                concat(theirs.last_text, theirs.first_text)
            ),
            jaro_winkler_similarity(
                coalesce(mine.whole_text, concat(mine.last_text, mine.first_text)),
                concat(theirs.first_text, theirs.last_text)
            )
        ) AS alike
    FROM likely
    INNER JOIN c_person_spelled AS mine ON likely.pid = mine.pid
    INNER JOIN r_person_spelled AS theirs ON likely.rid = theirs.pid
),
named AS (
    SELECT mine.pid, theirs.pid AS rid, theirs.person,
        max(CASE
            WHEN mine.family = theirs.family AND mine.given = theirs.given THEN 6
            WHEN mine.family = theirs.family AND mine.class = theirs.class THEN 5
            WHEN mine.family = theirs.family AND left(mine.given, 1) = left(theirs.given, 1) THEN 4
            WHEN mine.given = theirs.given OR mine.class = theirs.class THEN 2
            ELSE 1
        END) AS level
    FROM likely
    INNER JOIN c_person AS mine ON likely.pid = mine.pid
    INNER JOIN r_person AS theirs ON likely.rid = theirs.pid
        AND (mine.family = theirs.family OR mine.given = theirs.given)
    GROUP BY mine.pid, theirs.pid, theirs.person
)
SELECT pair.pid, pair.rid, pair.person, pair.p,
    CASE
        WHEN named.level >= 4 THEN named.level
        WHEN pair.alike >= .92 THEN 3
        ELSE coalesce(named.level, 0)
    END AS name,
    CASE WHEN pair.my_email IS NULL OR pair.email IS NULL THEN 0 WHEN pair.my_email = pair.email THEN 2 ELSE 1 END AS email,
    CASE WHEN pair.my_mobile IS NULL OR pair.mobile IS NULL THEN 0 WHEN pair.my_mobile = pair.mobile THEN 2 ELSE 1 END AS mobile,
    CASE
        WHEN pair.my_title IS NULL OR pair.title IS NULL THEN 0
        WHEN pair.my_title = pair.title OR jaro_winkler_similarity(pair.my_title, pair.title) >= .92 THEN 2
        ELSE 1
    END AS title
FROM pair
LEFT JOIN named ON pair.pid = named.pid AND pair.rid = named.rid AND pair.person = named.person
WHERE coalesce(named.level, 0) > 0 OR pair.alike >= .92
    OR pair.my_email = pair.email OR pair.my_mobile = pair.mobile
