-- The name the sources go on giving is kept as another name: a ban under it must find its holder (R018).
INSERT INTO person_name BY NAME
SELECT s.person, min(i.first_name) AS first_name, min(i.last_name) AS last_name, i.name_fold
FROM position_input AS i
JOIN seat AS s ON s.rid = i.rid
JOIN corrected_name AS c ON c.person = s.person AND c.name_fold <> i.name_fold
ANTI JOIN person_name AS n ON n.person = s.person AND n.name_fold = i.name_fold
GROUP BY s.person, i.name_fold
