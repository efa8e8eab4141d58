INSERT INTO person BY NAME SELECT p.* FROM previous.person AS p SEMI JOIN frozen AS f ON f.person = p.person
