-- Each thing that may have changed about a row: same, changed, completed (an empty cell that is to be filled), or unknown.
-- A row about a banned organisation or person says unknown, as one of which nothing is known (R047).
WITH pair AS (
    SELECT m.*, t.* EXCLUDE (row),
        m.mail_local IN ('info', 'toimisto', 'asiakaspalvelu', 'myynti', 'office', 'posti', 'sales', 'kirjaamo') AS shared,
        m.n_phone IS NOT NULL AND regexp_matches(m.n_phone, '^\+358(4|50)') AS mobile_like
    FROM care_mine AS m JOIN care_theirs AS t ON t.row = m.row
),
judged AS (
    SELECT *,
        CASE
            WHEN NOT org_ok OR f_street IS NULL OR t_street IS NULL THEN 'unknown'
            WHEN f_street IN ('pl', 'pb', 'po box') OR t_street IN ('pl', 'pb', 'po box') THEN 'unknown'
            WHEN greatest(jaro_winkler_similarity(f_street, t_street),
                          jaro_winkler_similarity(f_street, coalesce(t_postal_street, ''))) >= .85 THEN 'same'
            ELSE 'changed'
        END AS moved
    FROM pair
)
SELECT row, 'ceased' AS kind, '' AS field,
    CASE WHEN NOT org_ok THEN 'unknown' WHEN ceased THEN 'changed' ELSE 'same' END AS state,
    NULL AS old, NULL AS new, name_source AS source, name_date AS date, false AS personal
FROM judged
UNION ALL
SELECT row, 'renamed', 'name',
    CASE WHEN NOT org_ok OR name IS NULL THEN 'unknown' WHEN renamed THEN 'changed' ELSE 'same' END,
    name, t_name, name_source, name_date, false
FROM judged
UNION ALL
SELECT row, 'moved', 'street', moved, street, visiting_street, visiting_source, visiting_date, false FROM judged
UNION ALL
SELECT row, 'moved', 'postcode', 'changed', postcode, visiting_postcode, visiting_source, visiting_date, false
FROM judged WHERE moved = 'changed' AND postcode IS NOT NULL AND visiting_postcode IS NOT NULL AND postcode <> visiting_postcode
UNION ALL
SELECT row, 'moved', 'city', 'changed', city, visiting_city, visiting_source, visiting_date, false
FROM judged WHERE moved = 'changed' AND city IS NOT NULL AND visiting_city IS NOT NULL AND f_city <> t_city
UNION ALL
SELECT row, 'new_phone', 'phone',
    CASE
        WHEN NOT org_ok OR t_phone IS NULL THEN 'unknown'
        WHEN phone IS NULL THEN CASE WHEN list_contains($filled, 'phone') THEN 'completed' ELSE 'unknown' END
        WHEN n_phone IS NULL OR n_phone = t_phone THEN 'same'
        WHEN mobile_like THEN 'unknown'
        ELSE 'changed'
    END,
    phone, t_phone, phone_source, phone_date, false
FROM judged
UNION ALL
SELECT row, 'new_web', 'domain',
    CASE
        WHEN NOT org_ok OR t_domain IS NULL THEN 'unknown'
        WHEN domain IS NULL THEN CASE WHEN list_contains($filled, 'domain') THEN 'completed' ELSE 'unknown' END
        WHEN n_domain = t_domain THEN 'same'
        ELSE 'changed'
    END,
    domain, website, website_source, website_date, false
FROM judged
UNION ALL
SELECT row, 'new_email', 'email',
    CASE
        WHEN NOT person_ok OR t_email IS NULL THEN 'unknown'
        WHEN email IS NULL THEN CASE WHEN list_contains($filled, 'email') THEN 'completed' ELSE 'unknown' END
        WHEN n_email = t_email THEN 'same'
        WHEN shared THEN 'unknown'
        ELSE 'changed'
    END,
    email, t_email, email_source, email_date, true
FROM judged
UNION ALL
SELECT row, 'new_phone', 'mobile',
    CASE
        WHEN NOT person_ok OR t_mobile IS NULL THEN 'unknown'
        WHEN mobile IS NULL THEN CASE WHEN list_contains($filled, 'mobile') THEN 'completed' ELSE 'unknown' END
        WHEN n_mobile IS NULL OR n_mobile = t_mobile THEN 'same'
        ELSE 'changed'
    END,
    mobile, t_mobile, mobile_source, mobile_date, true
FROM judged
UNION ALL
SELECT row, 'new_title', 'title',
    CASE
        WHEN NOT person_ok OR t_title IS NULL THEN 'unknown'
        WHEN title IS NULL THEN CASE WHEN list_contains($filled, 'title') THEN 'completed' ELSE 'unknown' END
        WHEN f_title = f_t_title OR contains(f_title, f_t_title) OR contains(f_t_title, f_title) THEN 'same'
        WHEN jaro_winkler_similarity(f_title, f_t_title) >= .9 THEN 'same'
        ELSE 'changed'
    END,
    title, t_title, title_source, title_date, true
FROM judged
ORDER BY row, kind, field
