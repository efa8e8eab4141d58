-- The restricted stand aside of the merging and keep their day (R062).
INSERT INTO person_obtained
SELECT person, min(obtained)
FROM (
    SELECT n.person, n.obtained FROM notice_seen AS n ANTI JOIN notice_untold AS u ON u.person = n.person
    UNION ALL
    SELECT f.person, f.obtained FROM former_obtained AS f SEMI JOIN restricted_now AS r ON r.person = f.person
)
GROUP BY person
