-- Every selected row with its fate: 0 available, 1 banned, 2 of a quarantined source, 3 stale, 4 not notified. Of the
-- available ones others are compared with what the customer has: 5 received by an earlier order, 6 the customer's own,
-- 7 in as many campaigns as may be. The blocked_* tables hold no NULL. A bound false in front of a look-up spares it where
-- nothing of the kind is blocked; what only a later step reads is kept only if it is asked for.
CREATE OR REPLACE TEMP TABLE judged AS
SELECT
    s.position, s.person, s.org, s.nonce,
    if($ranked::BOOLEAN, s.level, NULL) AS level,
    if($ranked::BOOLEAN, s.responsibility | s.purchasing, NULL) AS responsibility,
    if($spread::BOOLEAN, s.region, NULL) AS region,
    if($spread::BOOLEAN, s.industry, NULL) AS industry,
    if($by_person::BOOLEAN, s.person_link, NULL) AS person_link,
    if($by_site::BOOLEAN, s.site_link, NULL) AS site_link,
    if($by_email::BOOLEAN, s.email, NULL) AS email,
    CASE
        WHEN ($any_person::BOOLEAN AND s.person IN (SELECT id FROM blocked_person))
          OR ($any_organisation::BOOLEAN AND s.org IN (SELECT id FROM blocked_organisation))
          OR ($any_position::BOOLEAN AND s.position IN (SELECT id FROM blocked_position)) THEN 1
        WHEN $any_source::BOOLEAN AND s.load_set IN (SELECT id FROM blocked_load_set) THEN 2
        WHEN s.verified IS NULL OR s.verified < $verified_since::DATE THEN 3
        WHEN s.notified IS NULL OR s.notified > $notified_by::DATE THEN 4
        WHEN $any_voided::BOOLEAN AND (s.person, s.notified) IN (SELECT (person, told_on) FROM untold_pair) THEN 4
        ELSE 0
    END::UTINYINT AS fate
FROM selection AS s
