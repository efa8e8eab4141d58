-- A unit seen only in tied lines stays in a pool only where a line points to no other unit of that pool.
DELETE FROM pool
WHERE leaked IN (SELECT leaked FROM leaked WHERE tied)
  AND NOT EXISTS (
    SELECT 1 FROM (
        SELECT member.extract, min(member.leaked) AS leaked
        FROM sighting JOIN leaked USING (unit) JOIN pool AS member USING (leaked)
        WHERE sighting.tied
        GROUP BY member.extract, sighting.line
        HAVING count(*) = 1
    ) AS certain
    WHERE certain.extract = pool.extract AND certain.leaked = pool.leaked)
