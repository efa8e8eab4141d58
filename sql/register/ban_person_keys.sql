-- Keys of everything the register holds of the persons in `ban_single(n, person)`: what they are known by when they come
-- back under another id (T03). Firm only where it points at nobody else: n, kind, key, grade.
WITH name AS (
    SELECT s.n, s.person, name_tokens(p.name_fold) AS tokens FROM ban_single AS s JOIN person AS p ON p.person = s.person
    UNION
    SELECT s.n, s.person, name_tokens(p.name_fold) FROM ban_single AS s JOIN person_name AS p ON p.person = s.person
), seat AS (
    SELECT DISTINCT s.n, s.person, p.org, p.email, p.mobile FROM ban_single AS s JOIN position AS p ON p.person = s.person
), email AS (
    SELECT DISTINCT n, person, email FROM seat
    WHERE email IN (SELECT p.email FROM position AS p SEMI JOIN seat AS s ON s.email = p.email GROUP BY p.email HAVING count(DISTINCT p.person) = 1)
), mobile AS (
    SELECT DISTINCT n, person, mobile FROM seat
    WHERE mobile IN (SELECT p.mobile FROM position AS p SEMI JOIN seat AS s ON s.mobile = p.mobile GROUP BY p.mobile HAVING count(DISTINCT p.person) = 1)
), colleague AS (
    SELECT DISTINCT p.org, p.person, name_tokens(c.name_fold) AS tokens
    FROM position AS p SEMI JOIN seat AS s ON s.org = p.org JOIN person AS c ON c.person = p.person
), message AS (
    SELECT n, 'email' AS kind, email AS text, 'firm' AS grade FROM email
    UNION ALL
    SELECT n, 'phone', mobile, 'firm' FROM mobile
    UNION ALL
    SELECT s.n, 'name_org', d.tokens || '|' || lpad((s.org // 10)::VARCHAR, 7, '0') || '-' || (s.org % 10),
           if(EXISTS (FROM colleague AS c WHERE c.org = s.org AND c.tokens = d.tokens AND c.person <> s.person), 'review', 'firm')
    FROM seat AS s JOIN name AS d ON d.n = s.n AND d.person = s.person
    UNION ALL
    SELECT s.n, 'name_municipality', d.tokens || '|' || o.municipality, 'review'
    FROM seat AS s JOIN name AS d ON d.n = s.n AND d.person = s.person JOIN organisation AS o ON o.org = s.org
    WHERE o.municipality IS NOT NULL
    UNION ALL
    SELECT n, 'name', tokens, 'review' FROM name
)
SELECT DISTINCT n, kind, unhex(hmac_hex($inner, $outer, encode(kind || ':' || text))) AS key, grade FROM message ORDER BY ALL
