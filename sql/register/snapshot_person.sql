CREATE TABLE person (person INTEGER NOT NULL, first_name VARCHAR, last_name VARCHAR, name_fold VARCHAR, nonce UUID NOT NULL)
