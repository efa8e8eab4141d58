-- Rows that may be delivered, at most $most per organisation: preferred responsibility first, then rank in the
-- organisation, then a draw of this campaign. The draw is independent of the fingerprint's keys (fingerprint.md 2.6).
CREATE OR REPLACE TEMP TABLE preferred AS
SELECT position, person, org, nonce, region, industry
FROM judged
WHERE fate = 0
QUALIFY row_number() OVER (
    PARTITION BY org
    ORDER BY
        coalesce(list_position(list_transform($prefer::UINTEGER[], lambda bit: (responsibility & bit) <> 0), true), 99),
        coalesce(level, 99), md5_number($draw || nonce::VARCHAR), position
) <= $most
