-- What the requests hit: target, id, held, channel. Whoever could be meant is out; held where it is not certain (R018).
WITH sure AS (
    SELECT s.n, s.person, c.sure + c.switchboards > 1 AS held
    FROM ban_sure AS s JOIN ban_count AS c ON c.n = s.n JOIN ban_request AS r ON r.n = s.n AND NOT r.address_only
), person AS (
    SELECT n, person, held FROM sure
    UNION ALL
    SELECT v.n, v.person, true
    FROM (FROM ban_near SEMI JOIN ban_count AS c ON c.n = ban_near.n AND NOT c.agreed) AS v
    ANTI JOIN sure AS s ON s.n = v.n AND s.person = v.person
), address AS (
    SELECT r.n, p.position, p.person, 'email' AS channel
    FROM ban_request AS r JOIN ban_count AS c ON c.n = r.n JOIN position AS p ON p.email = r.email
    WHERE r.address_only OR c.email_users > 1
    UNION ALL
    SELECT r.n, p.position, p.person, 'phone'
    FROM ban_request AS r JOIN ban_count AS c ON c.n = r.n JOIN position AS p ON p.mobile = r.phone
    WHERE r.address_only OR c.phone_users > 1
    UNION ALL
    SELECT r.n, o.position, o.person, 'email'
    FROM ban_request AS r JOIN position AS p ON p.position = r.position JOIN position AS o ON o.email = p.email
    WHERE o.position <> p.position
    UNION ALL
    SELECT r.n, o.position, o.person, 'phone'
    FROM ban_request AS r JOIN position AS p ON p.position = r.position JOIN position AS o ON o.mobile = p.mobile
    WHERE o.position <> p.position
)
SELECT n, 'person' AS target, person::BIGINT AS id, held, NULL::VARCHAR AS channel FROM person
UNION
SELECT n, 'position', position, false, NULL FROM ban_request WHERE position IS NOT NULL
UNION
SELECT n, 'position', position, false, channel FROM address
UNION
SELECT o.n, 'organisation', o.org, c.organisations > 1, NULL
FROM ban_organisation AS o JOIN ban_request AS r ON r.n = o.n AND r.whole JOIN ban_count AS c ON c.n = o.n
SEMI JOIN organisation AS known ON known.org = o.org
UNION
SELECT o.n, 'organisation', o.org, NOT o.sole_trader, NULL
FROM ban_number AS o JOIN ban_request AS r ON r.n = o.n AND NOT r.address_only
UNION
SELECT o.n, 'organisation', o.org, false, 'phone'
FROM ban_number AS o JOIN ban_request AS r ON r.n = o.n AND r.address_only
UNION
SELECT p.n, 'organisation', o.org, p.held, NULL
FROM person AS p JOIN position AS t ON t.person = p.person JOIN organisation AS o ON o.org = t.org AND o.sole_trader
UNION
SELECT b.n, 'organisation', o.org, false, NULL
FROM ban_organisation AS b JOIN organisation AS o ON o.org = b.org AND o.sole_trader
JOIN ban_request AS r ON r.n = b.n AND len(r.names) > 0 AND NOT r.whole
ORDER BY ALL
