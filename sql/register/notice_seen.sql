-- Since when each person's data are here, and whether a source says that he or she was told.
CREATE TEMP TABLE notice_seen AS
SELECT person, min(obtained) AS obtained, bool_or(notified) AS notified
FROM (
    SELECT s.person, l.obtained_on AS obtained, i.notified IS NOT NULL AS notified
    FROM position_input AS i JOIN seat AS s ON s.rid = i.rid JOIN live_load AS l ON l.load = i.load
    UNION ALL
    SELECT s.person, f.obtained, false FROM former_obtained AS f JOIN successor AS s ON s.former = f.person
)
GROUP BY person
