-- Which of their keys are somebody else's too: these would keep others out.
WITH other AS (SELECT * FROM position WHERE person NOT IN (SELECT unnest($persons::INTEGER[]))), named AS (
    SELECT person, name_fold FROM person UNION ALL SELECT person, name_fold FROM person_name
), namesake AS (
    SELECT n.name_fold, o.business_id, o.municipality
    FROM named AS n JOIN other AS p ON p.person = n.person JOIN organisation AS o ON o.org = p.org
    WHERE n.name_fold IN (SELECT unnest($folds::VARCHAR[]))
)
SELECT DISTINCT 'email' AS kind, email AS one, NULL AS other FROM other WHERE email IN (SELECT unnest($emails::VARCHAR[]))
UNION SELECT DISTINCT 'phone', mobile, NULL FROM other WHERE mobile IN (SELECT unnest($mobiles::VARCHAR[]))
UNION SELECT DISTINCT 'phone', phone, NULL FROM organisation WHERE phone IN (SELECT unnest($mobiles::VARCHAR[]))
UNION SELECT DISTINCT 'name_org', name_fold, business_id FROM namesake
UNION SELECT DISTINCT 'name_municipality', name_fold, municipality FROM namesake WHERE municipality IS NOT NULL
