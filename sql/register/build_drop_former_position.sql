DROP TABLE former_position
