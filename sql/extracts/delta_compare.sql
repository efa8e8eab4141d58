-- What became of every row between two deliveries, each by its place in either: added, changed, same or removed.
-- A withheld unit is told apart as a delivered one is, so that what stands in the pool does not depend on who is withheld.
SELECT
    t.place, f.place AS former,
    coalesce(t.delivered, f.delivered) AS delivered,
    CASE
        WHEN f.place IS NULL THEN 'added'
        WHEN t.place IS NULL THEN 'removed'
        WHEN t.digest <> f.digest THEN 'changed'
        ELSE 'same'
    END AS fate
FROM gate_today AS t
FULL JOIN gate_former AS f ON f.key = t.key AND f.delivered = t.delivered
ORDER BY t.place, f.place
