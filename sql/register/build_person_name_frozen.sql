INSERT INTO person_name BY NAME SELECT p.* FROM previous.person_name AS p SEMI JOIN frozen AS f ON f.person = p.person
