-- By what else their rows are known: what the rows found so far and the register say. A position that goes alone is
-- sought by its source id only.
CREATE OR REPLACE TEMP TABLE gone_key AS
WITH named AS (
    SELECT person, name_fold FROM previous.person UNION ALL SELECT person, name_fold FROM previous.person_name
), spoken AS (
    SELECT g.who, r.name_fold, r.email, r.mobile, r.org, r.sid
    FROM gone_row AS g JOIN stored_row AS r ON r.path = g.path AND r.file = g.file AND r.row = g.row
    UNION ALL
    SELECT
        CASE WHEN p.person IN (SELECT person FROM gone_person) THEN p.person ELSE -p.position END,
        n.name_fold, p.email, p.mobile, p.org, concat(p.source, chr(31), p.source_id)
    FROM previous.position AS p
    SEMI JOIN gone_position_all AS g ON g.position = p.position
    LEFT JOIN named AS n ON n.person = p.person
    UNION ALL
    SELECT p.person, NULL, s.email, s.mobile, NULL, NULL
    FROM former_sourced AS s JOIN previous.position AS p ON p.position = s.position
    SEMI JOIN gone_person AS g ON g.person = p.person
)
SELECT DISTINCT who, 'sid' AS kind, sid AS text FROM spoken WHERE sid IS NOT NULL
UNION SELECT who, 'first', split_part(name_fold, ' ', 1) FROM spoken WHERE name_fold IS NOT NULL
UNION SELECT who, 'name', name_fold FROM spoken WHERE who > 0 AND name_fold IS NOT NULL
UNION SELECT who, 'email', email FROM spoken WHERE who > 0 AND email IS NOT NULL
UNION SELECT who, 'mobile', mobile FROM spoken WHERE who > 0 AND mobile IS NOT NULL
UNION SELECT who, 'org', org::VARCHAR FROM spoken WHERE who > 0 AND org IS NOT NULL
