-- Live rows that the publish takes for somebody else's, or for another position's, among the candidates.
CREATE OR REPLACE TEMP TABLE others AS
SELECT c.path, c.file, c.row, c.sid, c.first, c.mobile
FROM candidate AS c
JOIN live_load AS l ON l.path = c.path AND l.kind = 'positions'
SEMI JOIN seat AS s ON s.rid = (l.ordinal::BIGINT << 47) | (c.file::BIGINT << 32) | c.row
