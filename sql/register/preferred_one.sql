-- Rows that may be delivered, one per organisation: the one that comes first.
CREATE OR REPLACE TEMP TABLE preferred AS
SELECT unnest(best)
FROM (
    SELECT
        arg_min({position: position, person: person, org: org, nonce: nonce, region: region, industry: industry}, place)
            AS best
    FROM ranked($prefer::UINTEGER[], $draw)
    GROUP BY org
)
