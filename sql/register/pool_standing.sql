-- Everybody eligible, with the ranks of the customer below $share marked as delivered: a share and not a number, so that
-- nobody moves because others come or go (fingerprint.md 2.3, sticky per customer).
SELECT position, person, org, hmac_unit($inner, $outer, nonce::VARCHAR::BLOB) < $share AS delivered
FROM eligible
ORDER BY position
