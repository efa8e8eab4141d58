DROP TABLE position_pick
