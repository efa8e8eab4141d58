-- Rows that may be delivered, at most $most persons per organisation, each by the position that comes first.
CREATE OR REPLACE TEMP TABLE preferred AS
SELECT position, person, org, nonce, region, industry
FROM (
    FROM ranked($prefer::UINTEGER[], $draw)
    QUALIFY row_number() OVER (PARTITION BY org, person ORDER BY place) = 1
)
QUALIFY row_number() OVER (PARTITION BY org ORDER BY place) <= $most
