DROP TABLE position_of
