-- Rows that may be delivered with their place in the organisation, the least first: the first role of prefer that is
-- held, then the next, then no such role; then the level; then a draw of this campaign, so that ties fall alike in count
-- and cut, which is independent of the fingerprint's keys (fingerprint.md 2.6). One number, for numbers are compared many
-- times faster than structs: 8 bits of role, 13 of level, 64 of lot and 32 of position, so each row has its own.
CREATE OR REPLACE TEMP MACRO ranked(prefer, draw) AS TABLE
SELECT
    person, org,
    (coalesce(list_position(list_transform(prefer, lambda bit: (responsibility & bit) <> 0), true), 99)::UHUGEINT << 109)
    | (coalesce(level, 99)::UHUGEINT << 96)
    | (lot(draw, nonce)::UHUGEINT << 32)
    | position::UHUGEINT AS place
FROM judged
WHERE fate = 0
