-- Ids of persons found to be the same as another; they accumulate and are never reused.
CREATE TABLE person_alias (former INTEGER NOT NULL, person INTEGER NOT NULL)
