-- Keys of what was said, each with its grade (ledger.ban_keys): n, kind, key, grade.
WITH place AS (
    SELECT n, lpad((org // 10)::VARCHAR, 7, '0') || '-' || (org % 10) AS business_id FROM ban_organisation
), named AS (
    SELECT r.n, unnest(r.names) AS tokens, r.municipality, r.org_fold, if(c.named > 1, 'review', 'firm') AS grade, c.organisations
    FROM ban_request AS r JOIN ban_count AS c ON c.n = r.n WHERE NOT r.whole
), pair AS (
    SELECT n, pair.given AS given, unnest(near_spellings(pair.part)) AS spelling
    FROM (SELECT n, unnest(pairs) AS pair FROM ban_request WHERE NOT whole)
), message AS (
    SELECT r.n, 'email' AS kind, r.email AS text,
           CASE WHEN r.address_only THEN 'address' WHEN c.email_users <= 1 THEN 'firm' WHEN c.agreed THEN 'address' ELSE 'shared' END AS grade
    FROM ban_request AS r JOIN ban_count AS c ON c.n = r.n WHERE r.email IS NOT NULL
    UNION ALL
    SELECT r.n, 'phone', r.phone,
           CASE WHEN r.address_only THEN 'address' WHEN c.phone_users <= 1 AND c.switchboards = 0 THEN 'firm'
                WHEN c.agreed THEN 'address' ELSE 'shared' END
    FROM ban_request AS r JOIN ban_count AS c ON c.n = r.n WHERE r.phone IS NOT NULL
    UNION ALL
    SELECT p.n, 'organisation', p.business_id, if(c.organisations > 1, 'review', 'firm')
    FROM place AS p JOIN ban_request AS r ON r.n = p.n AND r.whole JOIN ban_count AS c ON c.n = p.n
    UNION ALL
    SELECT d.n, 'name_org', d.tokens || '|' || p.business_id, d.grade FROM named AS d JOIN place AS p ON p.n = d.n
    UNION ALL
    SELECT n, 'name_orgname', tokens || '|' || org_fold, 'firm' FROM named WHERE organisations = 0 AND org_fold IS NOT NULL
    UNION ALL
    SELECT n, 'name_municipality', tokens || '|' || municipality, grade FROM named WHERE municipality IS NOT NULL
    UNION ALL
    SELECT n, 'name', tokens, 'review' FROM named
    UNION ALL
    SELECT p.n, 'near_place', p.business_id, 'review' FROM place AS p SEMI JOIN pair AS s ON s.n = p.n
    UNION ALL
    SELECT s.n, 'near', s.given || '|' || s.spelling || '|' || p.business_id, 'review' FROM pair AS s JOIN place AS p ON p.n = s.n
    UNION ALL
    SELECT r.n, 'email', p.email, 'address' FROM ban_request AS r JOIN position AS p ON p.position = r.position WHERE p.email IS NOT NULL
    UNION ALL
    SELECT r.n, 'phone', p.mobile, 'address' FROM ban_request AS r JOIN position AS p ON p.position = r.position WHERE p.mobile IS NOT NULL
)
SELECT DISTINCT n, kind, unhex(hmac_hex($inner, $outer, encode(kind || ':' || text))) AS key, grade FROM message ORDER BY ALL
