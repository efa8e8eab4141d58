DROP TABLE new_row
