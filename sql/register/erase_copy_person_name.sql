INSERT INTO person_name SELECT n.* FROM previous.person_name AS n SEMI JOIN person AS p ON p.person = n.person
