-- Manifest tokens of persons with their positions, of positions, and of organisations, each beside what was asked for.
WITH meant AS (SELECT unnest($asked::INTEGER[]) AS asked, unnest($meant::INTEGER[]) AS person)
SELECT 'person' AS target, m.asked AS id, 'person' AS kind, NULL::INTEGER AS position,
       unhex(substr(hmac_hex($link_inner, $link_outer, n.nonce::VARCHAR::BLOB), 1, 32)) AS token
FROM person AS n JOIN meant AS m ON m.person = n.person
UNION ALL
SELECT 'person', m.asked, 'unit', p.position, unhex(substr(hmac_hex($inner, $outer, p.nonce::VARCHAR::BLOB), 1, 32))
FROM position AS p JOIN meant AS m ON m.person = p.person
UNION ALL
SELECT 'position', position, 'unit', position, unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32))
FROM position WHERE position IN (SELECT unnest($positions::INTEGER[]))
UNION ALL
SELECT 'organisation', org, 'company', NULL, unhex(substr(hmac_hex($inner, $outer, nonce::VARCHAR::BLOB), 1, 32))
FROM organisation WHERE org IN (SELECT unnest($organisations::INTEGER[]))
