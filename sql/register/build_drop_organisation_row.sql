DROP TABLE organisation_row
