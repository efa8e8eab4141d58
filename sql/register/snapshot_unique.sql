-- Rows whose id another row has too; none in a sound snapshot.
SELECT (SELECT count(*) - count(DISTINCT org) FROM organisation)
     + (SELECT count(*) - count(DISTINCT person) FROM person)
     + (SELECT count(*) - count(DISTINCT position) FROM position)
     + (SELECT count(*) - count(DISTINCT former) FROM person_alias)
