-- Former and other names of a person: a ban under a maiden name must find its holder (R018).
CREATE TABLE person_name (person INTEGER NOT NULL, first_name VARCHAR, last_name VARCHAR, name_fold VARCHAR NOT NULL)
