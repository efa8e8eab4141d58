-- The newest correction of each field, one row per position, under the position's present id (R060).
CREATE TEMP TABLE corrected AS
SELECT
    position,
    bool_or(field = 'title') AS has_title, max(value) FILTER (field = 'title') AS title,
    max(made_on) FILTER (field = 'title') AS title_date,
    bool_or(field = 'responsibilities') AS has_responsibilities, max(value) FILTER (field = 'responsibilities') AS responsibilities,
    max(made_on) FILTER (field = 'responsibilities') AS responsibility_date,
    bool_or(field = 'purchasing') AS has_purchasing, max(value) FILTER (field = 'purchasing') AS purchasing,
    bool_or(field = 'level') AS has_level, max(value) FILTER (field = 'level') AS level,
    bool_or(field = 'started') AS has_started, max(value) FILTER (field = 'started') AS started,
    bool_or(field = 'email') AS has_email, max(value) FILTER (field = 'email') AS email,
    max(was) FILTER (field = 'email' AND against) AS email_was, max(made_on) FILTER (field = 'email') AS email_date,
    bool_or(field = 'mobile') AS has_mobile, max(value) FILTER (field = 'mobile') AS mobile,
    max(was) FILTER (field = 'mobile' AND against) AS mobile_was, max(made_on) FILTER (field = 'mobile') AS mobile_date,
    bool_or(field = 'postal_street') AS has_postal_street, max(value) FILTER (field = 'postal_street') AS postal_street,
    bool_or(field = 'postal_postcode') AS has_postal_postcode, max(value) FILTER (field = 'postal_postcode') AS postal_postcode,
    bool_or(field = 'postal_city') AS has_postal_city, max(value) FILTER (field = 'postal_city') AS postal_city,
    max(made_on) FILTER (starts_with(field, 'postal_')) AS postal_date
FROM (
    SELECT coalesce(m.id, c.position)::INTEGER AS position, c.* EXCLUDE (position)
    FROM correction AS c LEFT JOIN moved AS m ON m.target = 'position' AND m.former = c.position
    QUALIFY row_number() OVER (PARTITION BY coalesce(m.id, c.position), c.field ORDER BY c.ordinal DESC) = 1
)
GROUP BY position
