-- Requests that leave no doubt, and the person.
CREATE OR REPLACE TEMP TABLE ban_single AS
SELECT s.n, s.person
FROM ban_sure AS s JOIN ban_count AS c ON c.n = s.n JOIN ban_request AS r ON r.n = s.n
WHERE c.sure = 1 AND c.switchboards = 0 AND NOT r.address_only
