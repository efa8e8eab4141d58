SELECT (SELECT count(*) FROM organisation) AS organisations, (SELECT count(*) FROM person) AS persons,
       (SELECT count(*) FROM position) AS positions, (SELECT count(*) FROM selectable) AS selectable
