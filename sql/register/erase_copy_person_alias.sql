-- Former ids lead to nobody once the present one is gone.
INSERT INTO person_alias
SELECT a.* FROM previous.person_alias AS a
ANTI JOIN gone_person AS g ON g.person = a.person
ANTI JOIN gone AS f ON f.person = a.former
