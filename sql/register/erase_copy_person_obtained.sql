INSERT INTO person_obtained SELECT o.* FROM previous.person_obtained AS o SEMI JOIN person AS n ON n.person = o.person
