-- Positions behind unit tokens of manifests, with who holds them now; of what left the register, nothing.
SELECT w.token, p.position, p.person
FROM (
    SELECT position, person, unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32)) AS token FROM position
) AS p
JOIN wanted AS w ON w.token = p.token
