-- Of several rows with one source id the last stands.
DELETE FROM position_row USING (
    SELECT sid, max(rid) AS last FROM position_row WHERE sid IS NOT NULL GROUP BY sid HAVING count(*) > 1
) AS d
WHERE position_row.sid = d.sid AND position_row.rid <> d.last
