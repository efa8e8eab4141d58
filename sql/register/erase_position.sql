-- Positions that go: of the persons, those named, and those in an organisation that goes.
CREATE TEMP TABLE gone_position_all AS
SELECT p.position, p.person, p.org
FROM previous.position AS p
WHERE p.person IN (SELECT person FROM gone_person) OR p.position IN (SELECT position FROM gone_position)
   OR p.org IN (SELECT org FROM gone_organisation)
