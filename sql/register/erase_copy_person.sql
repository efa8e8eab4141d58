-- Nobody is without a position (R005).
INSERT INTO person SELECT n.* FROM previous.person AS n SEMI JOIN position AS p ON p.person = n.person
