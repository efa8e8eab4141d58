-- The pool with the $deliver lowest ranks of the customer marked as delivered (fingerprint.md 2.3, sticky per customer).
SELECT
    position, person, org,
    row_number() OVER (ORDER BY hmac_unit($inner, $outer, nonce::VARCHAR::BLOB), position) <= $deliver AS delivered
FROM pool
ORDER BY position
