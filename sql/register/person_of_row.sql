-- Who holds the position with that unit token, sought in the organisation with that company token.
SELECT p.person
FROM position AS p
SEMI JOIN (
    SELECT org FROM organisation WHERE unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32)) = $company
) AS o ON o.org = p.org
WHERE unhex(substr(hmac_hex($inner, $outer, p.nonce::VARCHAR::BLOB), 1, 32)) = $unit
