-- Whether another person of the same name holds a position in one of this person's organisations.
SELECT count(*) > 0 AS found
FROM position AS p
JOIN person AS n ON n.person = p.person
WHERE p.person <> $person
  AND p.org IN (SELECT q.org FROM position AS q WHERE q.person = $person)
  AND n.name_fold IN (
      SELECT name_fold FROM person WHERE person = $person
      UNION ALL SELECT name_fold FROM person_name WHERE person = $person)
