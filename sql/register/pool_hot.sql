-- The pool, its $hot lowest by a draw that all customers share marked as hot; of these the $keep lowest ranks of the
-- customer are delivered, of the others all (fingerprint.md 2.3, hot rows).
WITH drawn AS (
    SELECT position, person, org, nonce,
           row_number() OVER (ORDER BY hmac_unit($hot_inner, $hot_outer, nonce::VARCHAR::BLOB), position) <= $hot AS hot
    FROM pool
)
SELECT
    position, person, org,
    NOT hot OR row_number() OVER (
        PARTITION BY hot ORDER BY hmac_unit($inner, $outer, nonce::VARCHAR::BLOB), position
    ) <= $keep AS delivered,
    hot
FROM drawn
ORDER BY position
