-- Each person in the strata it belongs to, once for every position there. Bits of responsibilities count from 1.
CREATE OR REPLACE TEMP VIEW stratum_member AS
SELECT 'register' AS dimension, '' AS value, person FROM selectable
UNION ALL
SELECT 'region', lpad(region::VARCHAR, 2, '0'), person FROM selectable WHERE region IS NOT NULL
UNION ALL
SELECT 'industry', i.division, s.person
FROM selectable AS s JOIN industry AS i ON i.industry = s.industry
WHERE i.division IS NOT NULL
UNION ALL
SELECT 'responsibility', unnest(list_filter(range(1, 33), lambda bit: ((responsibility | purchasing) >> (bit - 1)) & 1 = 1))::VARCHAR, person
FROM selectable
