-- Positions without their person, persons without a position (R005); none in a sound snapshot.
SELECT (SELECT count(*) FROM position AS p ANTI JOIN person AS n ON n.person = p.person)
     + (SELECT count(*) FROM person AS n ANTI JOIN position AS p ON p.person = n.person)
