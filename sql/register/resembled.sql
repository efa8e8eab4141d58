-- Which of these seeds could be mistaken for somebody or something in the register (R038, T10): by what alone is enough,
-- or by a name together with a company. Inner joins, so that the few seeds are hashed and the register is only read past
-- them.
SELECT s.seed FROM person AS p JOIN candidate AS s ON s.name_fold = p.name_fold
UNION
SELECT s.seed FROM person_name AS p JOIN candidate AS s ON s.name_fold = p.name_fold
UNION
SELECT s.seed FROM position AS p JOIN candidate AS s ON s.email = p.email
UNION
SELECT s.seed FROM position AS p JOIN candidate AS s ON s.mobile = p.mobile
UNION
SELECT s.seed FROM position AS p JOIN candidate AS s ON s.phone = p.mobile
UNION
SELECT s.seed FROM organisation AS o JOIN candidate AS s ON s.mobile = o.phone
UNION
SELECT s.seed FROM organisation AS o JOIN candidate AS s ON s.phone = o.phone
UNION
SELECT s.seed FROM organisation AS o JOIN candidate AS s ON s.organisation_fold = o.name_fold
UNION
SELECT s.seed FROM organisation AS o JOIN candidate AS s ON s.org = o.org
UNION
SELECT s.seed
FROM candidate AS s
JOIN person AS p ON p.name_fold = s.named
JOIN position AS seat USING (person)
JOIN organisation AS o ON o.org = seat.org
WHERE o.org = s.at_org OR o.name_fold = s.at_organisation
UNION
SELECT s.seed
FROM candidate AS s
JOIN person_name AS p ON p.name_fold = s.named
JOIN position AS seat USING (person)
JOIN organisation AS o ON o.org = seat.org
WHERE o.org = s.at_org OR o.name_fold = s.at_organisation
