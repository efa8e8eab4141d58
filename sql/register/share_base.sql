-- How many rows the register could deliver at all: the base of the share cap (R029).
SELECT count(*) FROM selectable
