DROP TABLE member
