-- Rows that may be delivered with their place in the organisation: the first role of prefer that is held, then the next,
-- then no such role; then the level; then a draw of this campaign, so that ties fall alike in count and cut. The draw is
-- independent of the fingerprint's keys (fingerprint.md 2.6).
CREATE OR REPLACE TEMP MACRO ranked(prefer, draw) AS TABLE
SELECT
    position, person, org, nonce, region, industry,
    (coalesce(list_position(list_transform(prefer, lambda bit: (responsibility & bit) <> 0), true), 99),
     coalesce(level, 99), lot(draw, nonce), position) AS place
FROM judged
WHERE fate = 0
