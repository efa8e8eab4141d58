DROP TABLE position_row
