-- The person's probability: that the party is the right one, times that of its people this is the one, or none is.
CREATE OR REPLACE TABLE person_posterior AS
WITH summed AS (
    SELECT feature.*,
        CASE feature.name
            WHEN 1 THEN w.person_name_1 WHEN 2 THEN w.person_name_2 WHEN 3 THEN w.person_name_3
            WHEN 4 THEN w.person_name_4 WHEN 5 THEN w.person_name_5 WHEN 6 THEN w.person_name_6 ELSE w.person_name_0
        END
        + CASE feature.email WHEN 1 THEN w.person_email_1 WHEN 2 THEN w.person_email_2 ELSE 0 END
        + CASE feature.mobile WHEN 1 THEN w.person_mobile_1 WHEN 2 THEN w.person_mobile_2 ELSE 0 END
        + CASE feature.title WHEN 1 THEN w.person_title_1 WHEN 2 THEN w.person_title_2 ELSE 0 END AS score,
        w.person_none AS score_none
    FROM person_feature AS feature CROSS JOIN person_weight AS w
),
topped AS (
    SELECT *, greatest(max(score) OVER (PARTITION BY pid, rid), score_none) AS top FROM summed
)
SELECT pid, rid, person, name, email, mobile, title,
    p * exp(score - top) / (exp(score_none - top) + sum(exp(score - top)) OVER of_party) AS p
FROM topped
WINDOW of_party AS (PARTITION BY pid, rid ORDER BY person ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
