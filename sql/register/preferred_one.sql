-- Rows that may be delivered, one per organisation: the one that comes first, by the position that its place ends with.
CREATE OR REPLACE TEMP TABLE preferred AS
SELECT position, person, org, nonce, region, industry
FROM judged
WHERE position IN (
    SELECT (min(place) & 4294967295)::INTEGER FROM ranked($prefer::UINTEGER[], $draw) GROUP BY org
)
