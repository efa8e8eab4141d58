-- Manifest tokens of persons with their positions, of positions, and of organisations.
WITH meant AS (SELECT unnest($asked::INTEGER[]) AS asked, unnest($meant::INTEGER[]) AS person)
SELECT 'person' AS kind, m.asked AS person, NULL::INTEGER AS position,
       unhex(substr(hmac_hex($link_inner, $link_outer, n.nonce::VARCHAR::BLOB), 1, 32)) AS token
FROM person AS n JOIN meant AS m ON m.person = n.person
UNION ALL
SELECT 'unit', m.asked, p.position, unhex(substr(hmac_hex($inner, $outer, p.nonce::VARCHAR::BLOB), 1, 32))
FROM position AS p JOIN meant AS m ON m.person = p.person
UNION ALL
SELECT 'unit', NULL, position, unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32))
FROM position WHERE position IN (SELECT unnest($positions::INTEGER[]))
UNION ALL
SELECT 'company', NULL, NULL, unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32))
FROM organisation WHERE org IN (SELECT unnest($organisations::INTEGER[]))
