-- Which of these seeds could be mistaken for somebody or something in the register (R038, T10). Inner joins, so that
-- the few seeds are hashed and the register is only read past them.
SELECT s.seed FROM person AS p JOIN candidate AS s ON s.name_fold = p.name_fold
UNION
SELECT s.seed FROM person_name AS p JOIN candidate AS s ON s.name_fold = p.name_fold
UNION
SELECT s.seed FROM position AS p JOIN candidate AS s ON s.email = p.email
UNION
SELECT s.seed FROM position AS p JOIN candidate AS s ON s.mobile = p.mobile
UNION
SELECT s.seed FROM organisation AS o JOIN candidate AS s ON s.organisation_fold = o.name_fold
UNION
SELECT s.seed FROM organisation AS o JOIN candidate AS s ON s.org = o.org
