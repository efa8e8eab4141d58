-- The pool of a limited order, evenly spread over regions and industries (systematic sampling within strata).
CREATE OR REPLACE TEMP TABLE pool AS
SELECT position, person, org, nonce
FROM (
    SELECT
        position, person, org, nonce,
        (row_number() OVER (PARTITION BY region, industry ORDER BY lot($draw, nonce), position) - 0.5)
            / count(*) OVER (PARTITION BY region, industry) AS place
    FROM eligible
)
ORDER BY place, lot($draw, nonce), position
LIMIT $size
