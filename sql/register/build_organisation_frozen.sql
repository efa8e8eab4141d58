-- Where a restricted person works stays too, if no source names it any more (R062).
INSERT INTO organisation BY NAME
SELECT o.* FROM previous.organisation AS o
SEMI JOIN (SELECT p.org FROM previous.position AS p SEMI JOIN restricted_now AS r ON r.person = p.person) AS w ON w.org = o.org
ANTI JOIN organisation AS n ON n.org = o.org
