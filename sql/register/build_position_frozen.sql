-- As they were, whatever the sources say or no longer say: restricted data are neither changed nor deleted (R062).
INSERT INTO position BY NAME SELECT p.* FROM previous.position AS p SEMI JOIN frozen AS f ON f.person = p.person
