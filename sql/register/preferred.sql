-- Rows that may be delivered, at most $most persons per organisation, each by the position that comes first.
CREATE OR REPLACE TEMP TABLE preferred AS
SELECT position, person, org, nonce, region, industry
FROM judged
WHERE position IN (
    SELECT (unnest(min(place, $most)) & 4294967295)::INTEGER
    FROM (
        SELECT org, min(place) AS place FROM ranked($prefer::UINTEGER[], $draw) GROUP BY org, person
    )
    GROUP BY org
)
