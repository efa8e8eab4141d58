DROP TABLE person_row
