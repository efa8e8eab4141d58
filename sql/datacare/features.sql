-- Every agreement of every candidate pair, as small whole numbers and a few measures.
CREATE OR REPLACE TABLE feature AS
SELECT candidate.pid, candidate.rid,
    coalesce(name.level, 0) AS name,
    CASE
        WHEN c.identifier IS NULL OR r.identifier IS NULL THEN 0
        WHEN c.identifier = r.identifier THEN CASE WHEN c.valid THEN 5 ELSE 4 END
        WHEN levenshtein(c.identifier, r.identifier) <= 1 THEN 3
        WHEN c.valid THEN 1
        ELSE 2
    END AS identifier,
    CASE
        WHEN c.phone IS NULL OR r.phone IS NULL THEN 0
        WHEN c.phone = r.phone THEN CASE WHEN c.phone_df > 2 THEN 2 ELSE 3 END
        ELSE 1
    END AS phone,
    CASE
        WHEN c.domain IS NULL OR r.domain IS NULL THEN 0
        WHEN c.domain = r.domain THEN CASE WHEN c.domain_df > 2 THEN 2 ELSE 3 END
        ELSE 1
    END AS domain,
    coalesce(address.level, 0) AS address,
    CASE
        WHEN person.level IS NOT NULL THEN person.level
        WHEN NOT c.has_person THEN 0
        ELSE 1
    END AS person,
    CASE
        WHEN c.birth IS NULL OR r.birth IS NULL THEN 0
        WHEN c.birth = r.birth THEN 3
        WHEN levenshtein(c.birth, r.birth) <= 1 THEN 2
        WHEN left(c.birth, 4) = left(r.birth, 4)
            AND substr(c.birth, 5, 2) = substr(r.birth, 7, 2) AND substr(c.birth, 7, 2) = substr(r.birth, 5, 2) THEN 2
        ELSE 1
    END AS birth,
    CASE
        WHEN c.other IS NULL OR r.other IS NULL THEN 0
        WHEN c.other = r.other THEN 2
        ELSE 1
    END AS other,
    least(coalesce(name.worth, 0), 25) / 10 AS worth,
    coalesce(name.mine_covered, 0) AS mine_covered,
    coalesce(name.theirs_covered, 0) AS theirs_covered,
    coalesce(name.alike, 0) AS alike,
    c.namesakes,
    CASE WHEN name.former THEN 1 ELSE 0 END AS former,
    CASE WHEN r.ceased THEN 1 ELSE 0 END AS ceased
FROM candidate
INNER JOIN c_fact AS c ON candidate.pid = c.pid
INNER JOIN r_party AS r ON candidate.rid = r.pid
LEFT JOIN best_name AS name ON candidate.pair = name.pair
LEFT JOIN best_address AS address ON candidate.pair = address.pair
LEFT JOIN best_person AS person ON candidate.pair = person.pair
