DROP TABLE number
