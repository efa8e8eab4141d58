-- The name belongs to the person: where several rows speak of one, its load is that of the row that won. A correction
-- stands over what the sources say, whenever they say it (R060); one made against a value only over that value (R011).
INSERT INTO position BY NAME
SELECT
    p.position, p.person, p.org, p.source, p.source_id, p.verified, p.notified,
    CASE WHEN c.has_title THEN c.title ELSE p.title END AS title,
    CASE WHEN c.has_responsibilities THEN coalesce(string_split(nullif(c.responsibilities, ''), ';'), [])
         ELSE coalesce(p.responsibilities, []) END AS responsibilities,
    CASE WHEN c.has_purchasing THEN coalesce(string_split(nullif(c.purchasing, ''), ';'), [])
         ELSE coalesce(p.purchasing, []) END AS purchasing,
    CASE WHEN c.has_level THEN c.level::UTINYINT ELSE p.level::UTINYINT END AS level,
    CASE WHEN c.has_started THEN c.started::DATE ELSE p.started END AS started,
    CASE WHEN c.has_email AND (c.email_was IS NULL OR c.email_was = p.email) THEN c.email ELSE p.email END AS email,
    CASE WHEN c.has_mobile AND (c.mobile_was IS NULL OR c.mobile_was = p.mobile) THEN c.mobile ELSE p.mobile END AS mobile,
    CASE WHEN c.has_postal_street THEN c.postal_street ELSE p.postal_street END AS postal_street,
    CASE WHEN c.has_postal_postcode THEN c.postal_postcode ELSE p.postal_postcode END AS postal_postcode,
    CASE WHEN c.has_postal_city THEN c.postal_city ELSE p.postal_city END AS postal_city,
    coalesce(n.load, p.name_load) AS name_load,
    CASE WHEN n.load IS NULL THEN p.name_date ELSE n.source_date END AS name_date,
    CASE WHEN c.has_title THEN NULL ELSE p.title_load END AS title_load,
    CASE WHEN c.has_title THEN c.title_date ELSE p.title_date END AS title_date,
    CASE WHEN c.has_responsibilities THEN NULL ELSE p.responsibility_load END AS responsibility_load,
    CASE WHEN c.has_responsibilities THEN c.responsibility_date ELSE p.responsibility_date END AS responsibility_date,
    CASE WHEN c.has_email AND (c.email_was IS NULL OR c.email_was = p.email) THEN NULL ELSE p.email_load END AS email_load,
    CASE WHEN c.has_email AND (c.email_was IS NULL OR c.email_was = p.email) THEN c.email_date ELSE p.email_date END AS email_date,
    CASE WHEN c.has_mobile AND (c.mobile_was IS NULL OR c.mobile_was = p.mobile) THEN NULL ELSE p.mobile_load END AS mobile_load,
    CASE WHEN c.has_mobile AND (c.mobile_was IS NULL OR c.mobile_was = p.mobile) THEN c.mobile_date ELSE p.mobile_date END AS mobile_date,
    CASE WHEN c.postal_date IS NOT NULL THEN NULL ELSE p.postal_load END AS postal_load,
    coalesce(c.postal_date, p.postal_date) AS postal_date,
    coalesce(f.obtained, p.obtained) AS obtained,
    coalesce(f.nonce, uuid()) AS nonce
FROM (FROM position_single UNION ALL BY NAME FROM position_merged) AS p
LEFT JOIN (FROM person_row WHERE load IS NOT NULL) AS n ON n.person = p.person
LEFT JOIN previous.position AS f ON f.position = p.position
LEFT JOIN corrected AS c ON c.position = p.position
