-- A row's candidates and "none of these" as probabilities that add up to one; summed as decimals, for sums of floats
-- depend on their order.
CREATE OR REPLACE TABLE scored AS
WITH weighed AS (
    SELECT feature.*,
        CASE feature.name
            WHEN 1 THEN w.name_1 WHEN 2 THEN w.name_2 WHEN 3 THEN w.name_3 WHEN 4 THEN w.name_4
            WHEN 5 THEN w.name_5 WHEN 6 THEN w.name_6 WHEN 7 THEN w.name_7 WHEN 8 THEN w.name_8 ELSE w.name_0
        END
        + CASE feature.identifier
            WHEN 1 THEN w.identifier_1 WHEN 2 THEN w.identifier_2 WHEN 3 THEN w.identifier_3
            WHEN 4 THEN w.identifier_4 WHEN 5 THEN w.identifier_5 ELSE w.identifier_0
        END
        + CASE feature.phone WHEN 1 THEN w.phone_1 WHEN 2 THEN w.phone_2 WHEN 3 THEN w.phone_3 ELSE w.phone_0 END
        + CASE feature.domain WHEN 1 THEN w.domain_1 WHEN 2 THEN w.domain_2 WHEN 3 THEN w.domain_3 ELSE w.domain_0 END
        + CASE feature.address
            WHEN 1 THEN w.address_1 WHEN 2 THEN w.address_2 WHEN 3 THEN w.address_3
            WHEN 4 THEN w.address_4 WHEN 5 THEN w.address_5 WHEN 6 THEN w.address_6 ELSE w.address_0
        END
        + CASE feature.person
            WHEN 1 THEN w.person_1 WHEN 2 THEN w.person_2 WHEN 3 THEN w.person_3
            WHEN 4 THEN w.person_4 WHEN 5 THEN w.person_5 WHEN 6 THEN w.person_6 ELSE w.person_0
        END
        + CASE feature.birth WHEN 1 THEN w.birth_1 WHEN 2 THEN w.birth_2 WHEN 3 THEN w.birth_3 ELSE w.birth_0 END
        + CASE feature.other WHEN 1 THEN w.other_1 WHEN 2 THEN w.other_2 ELSE w.other_0 END
        + feature.worth * w.worth + feature.mine_covered * w.mine_covered + feature.theirs_covered * w.theirs_covered
        + feature.alike * w.alike + feature.namesakes * w.namesakes + feature.former * w.former
        + feature.ceased * w.ceased AS score,
        w.none AS score_none
    FROM feature CROSS JOIN weight AS w
),
topped AS (
    SELECT pid, greatest(max(score), max(score_none)) AS top FROM weighed GROUP BY pid
),
summed AS (
    SELECT weighed.pid, topped.top, CAST(sum(CAST(exp(score - topped.top) AS DECIMAL(18, 15))) AS DOUBLE) AS total
    FROM weighed INNER JOIN topped ON weighed.pid = topped.pid
    GROUP BY weighed.pid, topped.top
)
SELECT weighed.*,
    exp(score - top) / (exp(score_none - top) + total) AS p,
    exp(score_none - top) / (exp(score_none - top) + total) AS p_none
FROM weighed INNER JOIN summed ON weighed.pid = summed.pid
