-- Persons who must be told and are not being told: of a position that no source says was told of, or all of them after a
-- material change; the oldest first. A failed channel is not tried again.
WITH spoken AS (
    SELECT coalesce(a.person, h.person)::INTEGER AS person,
        bool_or(h.state IN ('exported', 'sent') AND h.version >= $version::INTEGER) AS told,
        bool_or(h.state = 'failed' AND h.channel = 'email') AS email_failed,
        bool_or(h.state = 'failed' AND h.channel = 'post') AS post_failed
    FROM notice_history AS h LEFT JOIN person_alias AS a ON a.former = h.person
    GROUP BY ALL
), excused AS (
    SELECT coalesce(a.person, e.person)::INTEGER AS person
    FROM notice_exempt AS e LEFT JOIN person_alias AS a ON a.former = e.person
), open_position AS (
    SELECT DISTINCT person FROM position
    WHERE ($version::INTEGER > 1 OR notified IS NULL) AND ($source::VARCHAR IS NULL OR source = $source)
)
SELECT n.person, o.obtained, coalesce(s.email_failed, false) AS email_failed, coalesce(s.post_failed, false) AS post_failed
FROM open_position AS n
LEFT JOIN person_obtained AS o ON o.person = n.person
LEFT JOIN spoken AS s ON s.person = n.person
ANTI JOIN excused AS e ON e.person = n.person
WHERE NOT coalesce(s.told, false)
ORDER BY o.obtained NULLS FIRST, n.person
