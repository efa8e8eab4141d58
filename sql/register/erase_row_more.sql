-- Of the candidates those that speak of them by the rules of who is who: source id and first name; name with e-mail,
-- mobile or organisation (not where both contacts are another's); first name and mobile. Never what is somebody else's.
INSERT INTO gone_row
WITH key AS (SELECT who, kind, text FROM gone_key), found AS (
    SELECT c.*, k.who FROM candidate AS c
    JOIN key AS k ON k.kind = 'sid' AND k.text = c.sid
    JOIN key AS f ON f.who = k.who AND f.kind = 'first' AND f.text = c.first
    UNION
    SELECT c.*, k.who FROM candidate AS c
    JOIN key AS k ON k.kind = 'name' AND k.text = c.name_fold
    JOIN key AS f ON f.who = k.who AND f.kind = 'email' AND f.text = c.email
    UNION
    SELECT c.*, k.who FROM candidate AS c
    JOIN key AS k ON k.kind = 'first' AND k.text = c.first
    JOIN key AS f ON f.who = k.who AND f.kind = 'mobile' AND f.text = c.mobile
    ANTI JOIN others AS o ON o.first = c.first AND o.mobile = c.mobile
    UNION
    SELECT c.*, k.who FROM candidate AS c
    JOIN key AS k ON k.kind = 'name' AND k.text = c.name_fold
    JOIN key AS f ON f.who = k.who AND f.kind = 'org' AND f.text = c.org::VARCHAR
    LEFT JOIN key AS e ON e.who = k.who AND e.kind = 'email' AND e.text = c.email
    LEFT JOIN key AS m ON m.who = k.who AND m.kind = 'mobile' AND m.text = c.mobile
    WHERE c.email IS NULL OR c.mobile IS NULL OR e.text IS NOT NULL OR m.text IS NOT NULL
)
SELECT DISTINCT f.path, f.file, f.row, f.who
FROM found AS f
ANTI JOIN others AS o ON o.path = f.path AND o.file = f.file AND o.row = f.row
ANTI JOIN others AS s ON s.sid = f.sid AND s.first = f.first
