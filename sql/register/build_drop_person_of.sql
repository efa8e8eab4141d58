DROP TABLE person_of
