-- Other names of a person: from the other rows, from the previous snapshot, and from persons merged into this one.
INSERT INTO person_name BY NAME
SELECT n.person, min(n.first_name) AS first_name, min(n.last_name) AS last_name, n.name_fold
FROM (
    SELECT s.person, i.first_name, i.last_name, i.name_fold
    FROM position_input AS i
    JOIN seat AS s ON s.rid = i.rid
    SEMI JOIN (FROM person_row WHERE load IS NOT NULL) AS r ON r.person = s.person
    UNION ALL
    SELECT s.person, f.first_name, f.last_name, f.name_fold
    FROM (SELECT person, first_name, last_name, name_fold FROM previous.person
          UNION ALL FROM previous.person_name) AS f
    JOIN successor AS s ON s.former = f.person
) AS n
JOIN person AS p ON p.person = n.person
WHERE n.name_fold <> p.name_fold
GROUP BY n.person, n.name_fold
